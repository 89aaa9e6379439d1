//! One change of a workspace's files at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::files::Owner;

/// One change of a workspace's files at a time: what a save compares must still be so when it renames.
#[derive(Debug, Default)]
pub(super) struct Changing(Mutex<HashMap<Owner, Weak<tokio::sync::Mutex<()>>>>);

impl Changing {
    pub(super) fn of(&self, owner: &Owner) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = all.get(owner).and_then(Weak::upgrade) {
            return lock;
        }
        all.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        all.insert(owner.clone(), Arc::downgrade(&lock));
        lock
    }
}
