//! How many of something each user has at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pythonide_domain::UserId;

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
        if number > most {
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

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
