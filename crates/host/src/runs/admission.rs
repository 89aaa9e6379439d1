//! Who may run a program now, and who is next.
//!
//! A program needs a place and, on the machine and in the container, free memory. One that has to wait does so in the order
//! of coming; as a workspace has one program at a time, nobody stands in the queue twice.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use pythonide_sandbox::FreeMemory;
use tokio::{sync::watch, time::timeout};

/// Memory is freed by others than our programs too, which nobody tells.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Memory that a program takes soon after its start, in bytes: a prompt with pandas takes 8 MB of its own.
const NEED: u64 = 16 << 20;
/// How long it takes until a program has taken that, and free memory shows it.
const NEED_SETTLES: Duration = Duration::from_secs(2);

/// The places of this host.
#[derive(Debug)]
pub(crate) struct Admission {
    places: usize,
    free_bytes: u64,
    /// `None` where it cannot be read.
    free_memory: Option<FreeMemory>,
    /// Whether it was logged that free memory cannot be read.
    is_logged: AtomicBool,
    inner: Mutex<Inner>,
    /// Counts changes of places and queue.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    taken: usize,
    /// Programs that have just started, by the number of their permit.
    started: VecDeque<(u64, Instant)>,
    last_permit: u64,
    queue: VecDeque<u64>,
    last_ticket: u64,
}

/// The right to run a program; dropped, it is the next one's.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    number: u64,
}

/// Where a program stands that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueuePlace {
    /// 1 is the next.
    pub(crate) position: u32,
    /// Whether there are places, and memory is lacking.
    pub(crate) waits_for_memory: bool,
}

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
            free_memory: watch_memory(free_bytes),
            is_logged: AtomicBool::new(false),
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
        let permit = self.permit(&mut inner);
        drop(inner);
        self.tell();
        Some(permit)
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

    /// Waits for a place. `tell` is called with each change of where it stands.
    pub(super) async fn enter(self: &Arc<Self>, tell: impl Fn(QueuePlace)) -> Permit {
        let mut changes = self.changed.subscribe();
        let ticket = self.queue_up();
        let mut told = None;
        loop {
            changes.mark_unchanged();
            let place = {
                let mut inner = self.lock();
                let position = inner.queue.iter().position(|held| *held == ticket.number);
                if position == Some(0) && self.has_room(&inner) {
                    return self.permit(&mut inner);
                }
                self.place(position.unwrap_or(0), &inner)
            };
            if told != Some(place) {
                told = Some(place);
                tell(place);
            }
            if place.position == 1 {
                // A change, or time to look at the memory again: both lead to the same look.
                let _ = timeout(LOOK_EVERY, changes.changed()).await;
            } else {
                // The sender lives as long as `self`.
                let _ = changes.changed().await;
            }
        }
    }

    /// Where the next one that waits will stand.
    pub(super) fn last_place(&self) -> QueuePlace {
        let inner = self.lock();
        self.place(inner.queue.len(), &inner)
    }

    fn place(&self, index: usize, inner: &Inner) -> QueuePlace {
        QueuePlace {
            position: u32::try_from(index + 1).unwrap_or(u32::MAX),
            waits_for_memory: inner.taken < self.places,
        }
    }

    fn permit(self: &Arc<Self>, inner: &mut Inner) -> Permit {
        inner.taken += 1;
        inner.last_permit += 1;
        let (number, now) = (inner.last_permit, Instant::now());
        inner.started.retain(|(_, at)| at.elapsed() < NEED_SETTLES);
        inner.started.push_back((number, now));
        Permit {
            admission: Arc::clone(self),
            number,
        }
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
        if inner.taken >= self.places {
            return false;
        }
        let Some(memory) = &self.free_memory else {
            return true;
        };
        let just_started = inner.started.iter();
        let just_started = just_started.filter(|(_, at)| at.elapsed() < NEED_SETTLES);
        let needed = self.free_bytes + NEED * just_started.count() as u64;
        match memory.bytes() {
            Ok(free) => free >= needed,
            Err(error) => {
                if !self.is_logged.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "could not read how much memory is free; programs start without that");
                }
                true
            }
        }
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
        let mut inner = self.admission.lock();
        inner.taken -= 1;
        inner.started.retain(|(number, _)| *number != self.number);
        drop(inner);
        self.admission.tell();
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let number = self.number;
        self.admission.lock().queue.retain(|held| *held != number);
        self.admission.tell();
    }
}

fn watch_memory(free_bytes: u64) -> Option<FreeMemory> {
    if free_bytes == 0 {
        return None;
    }
    FreeMemory::find()
        .inspect_err(
            |error| tracing::error!(%error, "programs start without a check of free memory"),
        )
        .ok()
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
                let tell =
                    |place: QueuePlace| positions.lock().unwrap().push((name, place.position));
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

    #[test]
    fn without_free_memory_nothing_starts_and_the_queue_says_so() {
        // More than any machine has.
        let admission = Admission::new(1, 1 << 60);
        assert!(admission.try_enter().is_none());
        let place = QueuePlace {
            position: 1,
            waits_for_memory: true,
        };
        assert_eq!(admission.last_place(), place);
    }

    #[test]
    fn programs_that_just_started_count_until_they_end() {
        let admission = Admission::new(2, 0);
        let permits: Vec<_> = (0..2).map(|_| admission.try_enter().unwrap()).collect();
        assert_eq!(admission.lock().started.len(), 2);
        assert!(!admission.last_place().waits_for_memory);
        drop(permits);
        assert!(admission.lock().started.is_empty());
    }
}
