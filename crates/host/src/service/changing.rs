//! How many calls work with a workspace at once: one that changes its files, and a few in all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::{HAS_USER_LIMITS, files::Owner};

/// Calls that work with one student's files at once. Each has a thread, and some walk the whole tree.
const MAX_CALLS: usize = if HAS_USER_LIMITS {
    3
} else {
    Semaphore::MAX_PERMITS
};
/// The same for the shared folder, which a whole class reads.
const MAX_SHARED_CALLS: usize = 32;

/// The locks of all workspaces that somebody works with.
#[derive(Debug, Default)]
pub(super) struct Changing(Mutex<HashMap<Owner, Weak<Locks>>>);

/// The locks of one workspace, which are there while a guard is.
#[derive(Debug)]
struct Locks {
    change: Arc<tokio::sync::Mutex<()>>,
    calls: Arc<Semaphore>,
}

/// The right to change a workspace's files: what a save compares must still be so when it renames.
#[derive(Debug)]
pub(super) struct ChangeGuard {
    _guard: OwnedMutexGuard<()>,
    _locks: Arc<Locks>,
}

/// The right to work with a workspace's files.
#[derive(Debug)]
pub(super) struct CallGuard {
    /// `None` where the semaphore is closed, which nobody does.
    _permit: Option<OwnedSemaphorePermit>,
    _locks: Arc<Locks>,
}

impl Changing {
    /// Waits until nothing else changes the workspace.
    pub(super) async fn change(&self, owner: &Owner) -> ChangeGuard {
        let locks = self.of(owner);
        ChangeGuard {
            _guard: Arc::clone(&locks.change).lock_owned().await,
            _locks: locks,
        }
    }

    /// Waits for a turn to work with the workspace.
    pub(super) async fn call(&self, owner: &Owner) -> CallGuard {
        let locks = self.of(owner);
        CallGuard {
            _permit: Arc::clone(&locks.calls).acquire_owned().await.ok(),
            _locks: locks,
        }
    }

    fn of(&self, owner: &Owner) -> Arc<Locks> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(locks) = all.get(owner).and_then(Weak::upgrade) {
            return locks;
        }
        all.retain(|_, locks| locks.strong_count() > 0);
        let calls = match owner {
            Owner::User { .. } => MAX_CALLS,
            Owner::Shared { .. } => MAX_SHARED_CALLS,
        };
        let locks = Arc::new(Locks {
            change: Arc::default(),
            calls: Arc::new(Semaphore::new(calls)),
        });
        all.insert(owner.clone(), Arc::downgrade(&locks));
        locks
    }
}
