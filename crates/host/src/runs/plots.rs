//! The figures that a run has shown, kept for as long as its output is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// What the figures of one run may take together, in bytes.
const MAX_BYTES: usize = 16 << 20;
/// How many there may be.
const MAX_PLOTS: usize = 100;

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plot {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

/// All figures of a run, by their number.
#[derive(Debug, Default)]
pub(crate) struct Plots(Mutex<Vec<Plot>>);

impl Plots {
    /// Keeps one and returns its number; `None` when there are too many.
    pub(super) fn add(&self, plot: Plot) -> Option<u32> {
        let mut plots = self.lock();
        let bytes: usize = plots.iter().map(|plot| plot.bytes.len()).sum();
        if plots.len() >= MAX_PLOTS || bytes + plot.bytes.len() > MAX_BYTES {
            return None;
        }
        let number = u32::try_from(plots.len()).ok()?;
        plots.push(plot);
        Some(number)
    }

    pub(crate) fn get(&self, number: u32) -> Option<Plot> {
        self.lock().get(usize::try_from(number).ok()?).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Plot>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
