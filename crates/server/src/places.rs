//! How many of something each user has at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pythonide_domain::UserId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// `false` in a test build, which shows what the limits of users prevent (`cargo xtask bench neighbours --without-limits`).
pub(crate) const HAS_USER_LIMITS: bool = !cfg!(feature = "without-user-limits");

/// The places that users have taken; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(Arc<Mutex<HashMap<UserId, usize>>>);

/// One of them, free again when it is dropped.
#[derive(Debug)]
#[must_use = "a place that is dropped is free"]
pub(crate) struct Place {
    places: Places,
    user: UserId,
    number: usize,
}

impl Places {
    /// A place for this user, who then has `most` at most; `None` when there are that many.
    pub(crate) fn take(&self, user: UserId, most: usize) -> Option<Place> {
        let mut taken = self.lock();
        let number = taken.get(&user).copied().unwrap_or(0) + 1;
        if number > most && HAS_USER_LIMITS {
            return None;
        }
        taken.insert(user, number);
        Some(Place {
            places: self.clone(),
            user,
            number,
        })
    }

    /// The places of all users together.
    pub(crate) fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// How many the user had with this one when it was taken.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(number) = taken.get_mut(&self.user) {
            *number -= 1;
            if *number == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

/// The requests of each user that are being worked on; further ones wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct RequestSlots(Mutex<HashMap<UserId, Arc<Slots>>>);

#[derive(Debug)]
struct Slots {
    work: Arc<Semaphore>,
    queue: Semaphore,
}

/// The right to have a request worked on, until it is dropped.
#[derive(Debug)]
#[must_use = "a slot that is dropped is free"]
pub(crate) struct RequestSlot {
    _permit: OwnedSemaphorePermit,
    _slots: Arc<Slots>,
}

/// Requests of one user at once. A browser has six connections to a server, or a load balancer as many as it likes.
const MAX_REQUESTS: usize = if HAS_USER_LIMITS {
    8
} else {
    Semaphore::MAX_PERMITS
};
/// Requests of one user that wait for their turn.
const MAX_WAITING: usize = 64;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

impl RequestSlots {
    /// Waits for a slot of this user; `None` when none becomes free in time, or too many wait.
    pub(crate) async fn acquire(&self, user: UserId) -> Option<RequestSlot> {
        let slots = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, slots| Arc::strong_count(slots) > 1);
            let slots = all.entry(user);
            Arc::clone(slots.or_insert_with(|| {
                Arc::new(Slots {
                    work: Arc::new(Semaphore::new(MAX_REQUESTS)),
                    queue: Semaphore::new(MAX_WAITING),
                })
            }))
        };
        let waiting = slots.queue.try_acquire().ok()?;
        let permit = timeout(TURN_TIMEOUT, Arc::clone(&slots.work).acquire_owned()).await;
        drop(waiting);
        Some(RequestSlot {
            _permit: permit.ok()?.ok()?,
            _slots: slots,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_too_many_waits_for_its_turn() {
        let slots = RequestSlots::default();
        let [ada, bob] = [(); 2].map(|()| UserId::new(DateTime::UNIX_EPOCH));
        let mut taken = Vec::new();
        for _ in 0..MAX_REQUESTS {
            taken.push(slots.acquire(ada).await.unwrap());
        }
        assert!(slots.acquire(ada).await.is_none(), "none becomes free");
        let _bobs = slots.acquire(bob).await.unwrap();
        let (next, ()) = tokio::join!(slots.acquire(ada), async { drop(taken.pop()) });
        assert!(next.is_some());
        drop((taken, next));
        let _later = slots.acquire(bob).await;
        let all = slots.0.lock().unwrap();
        assert!(
            !all.contains_key(&ada),
            "a user without requests is forgotten"
        );
    }

    #[test]
    fn a_user_has_so_many_places_and_no_other_user_fewer_for_it() {
        let places = Places::default();
        let [ada, bob] = [(); 2].map(|()| UserId::new(DateTime::UNIX_EPOCH));
        let first = places.take(ada, 2).unwrap();
        let second = places.take(ada, 2).unwrap();
        assert_eq!((first.number(), second.number()), (1, 2));
        assert!(places.take(ada, 2).is_none());
        let bobs = places.take(bob, 2).unwrap();
        assert_eq!(places.taken(), 3);
        drop(first);
        assert_eq!(places.take(ada, 2).unwrap().number(), 2);
        drop((second, bobs));
        assert!(places.lock().is_empty(), "nobody is remembered");
    }
}
