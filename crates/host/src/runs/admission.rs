//! Who may run a program now, and who is next.
//!
//! A program needs a place and, on the machine, free memory. One that has to wait does so in the order
//! of coming; as a workspace has one program at a time, nobody stands in the queue twice.

use std::{
    collections::VecDeque,
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

/// Memory is freed by others than our programs too, which nobody tells.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The places of this host.
#[derive(Debug)]
pub(crate) struct Admission {
    places: usize,
    free_bytes: u64,
    inner: Mutex<Inner>,
    /// Counts changes of places and queue.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    taken: usize,
    queue: VecDeque<u64>,
    last_ticket: u64,
}

/// The right to run a program; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Admission>);

/// A place in the queue; dropped, those behind move up.
struct Ticket<'admission> {
    admission: &'admission Admission,
    number: u64,
}

impl Admission {
    /// `places` programs at once, each started only while `free_bytes` of memory are free.
    pub(crate) fn new(places: usize, free_bytes: u64) -> Arc<Self> {
        Arc::new(Self {
            places,
            free_bytes,
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    /// A place, if there is one and nobody waits for it.
    pub(crate) fn try_enter(self: &Arc<Self>) -> Option<Permit> {
        let mut inner = self.lock();
        let is_free = inner.queue.is_empty() && self.has_room(&inner);
        if !is_free {
            return None;
        }
        inner.taken += 1;
        drop(inner);
        self.tell();
        Some(Permit(Arc::clone(self)))
    }

    /// Whether a program lives, or waits for a place.
    pub(crate) fn is_in_use(&self) -> bool {
        let inner = self.lock();
        inner.taken > 0 || !inner.queue.is_empty()
    }

    /// Whether more than one program lives, or one waits for its end.
    pub(super) fn is_shared(&self) -> bool {
        let inner = self.lock();
        inner.taken > 1 || !inner.queue.is_empty()
    }

    /// Tells of each change of places and queue.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Waits for a place. `tell` is told the position in the queue, from 1, whenever it changes.
    pub(super) async fn enter(self: &Arc<Self>, tell: impl Fn(u32)) -> Permit {
        let mut changes = self.changed.subscribe();
        let ticket = self.queue_up();
        let mut told = None;
        loop {
            changes.mark_unchanged();
            let position = {
                let mut inner = self.lock();
                let position = inner.queue.iter().position(|held| *held == ticket.number);
                if position == Some(0) && self.has_room(&inner) {
                    inner.taken += 1;
                    return Permit(Arc::clone(self));
                }
                position.and_then(|index| u32::try_from(index + 1).ok())
            };
            if position != told {
                told = position;
                tell(position.unwrap_or(1));
            }
            // A change, or time to look at the memory again: both lead to the same look.
            let _ = timeout(LOOK_EVERY, changes.changed()).await;
        }
    }

    /// Where the next one that waits will stand, from 1.
    pub(super) fn last_position(&self) -> u32 {
        u32::try_from(self.lock().queue.len() + 1).unwrap_or(u32::MAX)
    }

    fn queue_up(&self) -> Ticket<'_> {
        let mut inner = self.lock();
        inner.last_ticket += 1;
        let number = inner.last_ticket;
        inner.queue.push_back(number);
        Ticket {
            admission: self,
            number,
        }
    }

    fn has_room(&self, inner: &Inner) -> bool {
        inner.taken < self.places && free_memory().is_none_or(|free| free >= self.free_bytes)
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.lock().taken -= 1;
        self.0.tell();
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let number = self.number;
        self.admission.lock().queue.retain(|held| *held != number);
        self.admission.tell();
    }
}

/// What is free on the machine or, where that is less, in the container, in bytes.
fn free_memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    });
    machine.into_iter().chain(free_in_container()).min()
}

/// Of either version of control groups; a limit that is none is a word or a number beyond all memory.
fn free_in_container() -> Option<u64> {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    [
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ]
    .iter()
    .find_map(|(limit, used)| Some(number(limit)?.saturating_sub(number(used)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_gets_a_place_in_the_order_of_coming() {
        let admission = Admission::new(1, 0);
        let first = admission.try_enter().unwrap();
        assert!(admission.try_enter().is_none());
        let positions = Arc::new(Mutex::new(Vec::new()));
        let waits = |name: &'static str| {
            let (admission, positions) = (Arc::clone(&admission), Arc::clone(&positions));
            async move {
                let tell = |position| positions.lock().unwrap().push((name, position));
                let permit = admission.enter(tell).await;
                positions.lock().unwrap().push((name, 0));
                drop(permit);
            }
        };
        let (a, b) = (waits("a"), waits("b"));
        let free = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        tokio::join!(a, b, free);
        let seen = positions.lock().unwrap().clone();
        let of = |who| -> Vec<u32> {
            seen.iter()
                .filter(|(name, _)| *name == who)
                .map(|(_, position)| *position)
                .collect()
        };
        assert_eq!(of("a"), [1, 0]);
        assert_eq!(of("b").first(), Some(&2));
        assert_eq!(seen.last(), Some(&("b", 0)));
    }
}
