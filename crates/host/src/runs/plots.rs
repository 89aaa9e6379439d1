//! The figures that runs have shown, kept for as long as their output is and as long as there is room.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use bytes::Bytes;

/// What the figures of one run may take together, in bytes.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// How many there may be.
pub(super) const MAX_PLOTS: usize = 100;
/// What the figures of a run may take whatever those of others do, in bytes.
const OWN_BYTES: usize = 2 << 20;
/// What the figures of all runs of a host take together, in bytes, beyond which no run has more than its own: some thousands
/// as they usually are.
const MAX_BYTES_OF_ALL: usize = 128 << 20;

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plot {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

/// The room that the figures of all runs share.
#[derive(Debug, Default)]
pub(crate) struct PlotRoom(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    bytes: usize,
    /// Runs that are over, in the order of their ends.
    over: VecDeque<Weak<Plots>>,
}

/// All figures of a run, by their number.
#[derive(Debug, Default)]
pub(crate) struct Plots {
    room: Arc<PlotRoom>,
    kept: Mutex<Vec<Plot>>,
}

impl PlotRoom {
    /// Takes room for a figure, if need be that of the runs that have been over for longest; `is_own` is always there.
    fn take(&self, bytes: usize, is_own: bool) -> bool {
        let mut taken = lock(&self.0);
        while !is_own && taken.bytes + bytes > MAX_BYTES_OF_ALL {
            let Some(oldest) = taken.over.pop_front() else {
                return false;
            };
            if let Some(oldest) = oldest.upgrade() {
                taken.bytes -= oldest.clear();
            }
        }
        taken.bytes += bytes;
        true
    }
}

impl Plots {
    pub(super) fn new(room: &Arc<PlotRoom>) -> Arc<Self> {
        Arc::new(Self {
            room: Arc::clone(room),
            kept: Mutex::default(),
        })
    }

    /// Keeps one and returns its number; `None` when there are too many. Only the run's own task adds figures.
    pub(super) fn add(&self, plot: Plot) -> Option<u32> {
        let (count, bytes) = {
            let kept = lock(&self.kept);
            (kept.len(), size(&kept))
        };
        let (new, all) = (plot.bytes.len(), bytes + plot.bytes.len());
        let is_too_much = count >= MAX_PLOTS || all > MAX_BYTES;
        if is_too_much || !self.room.take(new, all <= OWN_BYTES) {
            return None;
        }
        lock(&self.kept).push(plot);
        u32::try_from(count).ok()
    }

    /// Returns the figure with this number, if it is still kept.
    pub(crate) fn get(&self, number: u32) -> Option<Plot> {
        lock(&self.kept).get(usize::try_from(number).ok()?).cloned()
    }

    /// The run is over: from now on its figures give way to those of others.
    pub(super) fn are_all(self: &Arc<Self>) {
        let mut taken = lock(&self.room.0);
        taken.over.retain(|plots| plots.strong_count() > 0);
        taken.over.push_back(Arc::downgrade(self));
    }

    /// Keeps none any more, and returns how many bytes they were.
    fn clear(&self) -> usize {
        size(&std::mem::take(&mut *lock(&self.kept)))
    }
}

impl Drop for Plots {
    fn drop(&mut self) {
        // Those of which the room is taken have none left: their room is not asked for again from within it.
        let bytes = self.clear();
        if bytes > 0 {
            lock(&self.room.0).bytes -= bytes;
        }
    }
}

fn size(plots: &[Plot]) -> usize {
    plots.iter().map(|plot| plot.bytes.len()).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = 4 << 20;

    fn large() -> Plot {
        plot(LARGE)
    }

    fn small() -> Plot {
        plot(OWN_BYTES)
    }

    fn plot(bytes: usize) -> Plot {
        Plot {
            media_type: "image/png".to_owned(),
            bytes: vec![0; bytes].into(),
        }
    }

    /// The figures of a run that shows as many as it may.
    fn full(room: &Arc<PlotRoom>) -> Arc<Plots> {
        let plots = Plots::new(room);
        while plots.add(large()).is_some() {}
        plots
    }

    #[test]
    fn a_run_keeps_figures_up_to_its_own_limit() {
        let plots = full(&Arc::default());
        assert_eq!(size(&lock(&plots.kept)), MAX_BYTES);
    }

    #[test]
    fn figures_of_runs_that_are_over_give_way_the_oldest_first_and_those_of_others_do_not() {
        let room = Arc::default();
        let mut runs: Vec<_> = (0..MAX_BYTES_OF_ALL / MAX_BYTES)
            .map(|_| full(&room))
            .collect();
        let another = Plots::new(&room);
        assert_eq!(another.add(large()), None);
        let modest = Plots::new(&room);
        assert_eq!(modest.add(small()), Some(0));
        drop(modest);

        runs[2].are_all();
        runs[1].are_all();
        assert_eq!(another.add(large()), Some(0));
        assert_eq!(runs[2].get(0), None);
        assert!(runs[1].get(0).is_some());
        assert!(runs[0].get(0).is_some());

        // What is dropped leaves room as well.
        drop(another);
        runs.truncate(3);
        assert_eq!(lock(&room.0).bytes, 2 * MAX_BYTES);
        drop(runs);
        assert_eq!(lock(&room.0).bytes, 0);
    }
}
