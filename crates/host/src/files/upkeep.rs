//! What must be done now and then so that nothing grows without end: the trash is emptied of what is old, histories
//! are thinned.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{Owner, Workspace, refusals::FileError, text::now, trash, versions};

/// Of each owner whose files change.
const EVERY: Duration = Duration::from_hours(24);
/// Owners of whom it is remembered.
const MOST_OWNERS: usize = 10_000;

/// Whose turn it is.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pub(crate) trash_days: u32,
    trash_bytes: u64,
    done: Mutex<HashMap<Owner, Instant>>,
}

impl Upkeep {
    /// Trash is kept for so many days, and so many bytes of each owner's.
    pub(crate) fn new(trash_days: u32, trash_bytes: u64) -> Self {
        Self {
            trash_days,
            trash_bytes,
            done: Mutex::default(),
        }
    }

    /// Whether it is this owner's turn; then it is not again for a day.
    pub(crate) fn is_due(&self, owner: &Owner) -> bool {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.get(owner).is_some_and(|at| at.elapsed() < EVERY) {
            return false;
        }
        if done.len() >= MOST_OWNERS {
            done.clear();
        }
        done.insert(owner.clone(), Instant::now());
        true
    }

    /// Does it. Nothing else may change the owner's files meanwhile.
    pub(crate) fn carry_out(&self, workspace: &Workspace) -> Result<(), FileError> {
        let kept_ms = i64::from(self.trash_days) * 86_400_000;
        trash::expire(
            workspace,
            now().timestamp_millis() - kept_ms,
            self.trash_bytes,
        )?;
        versions::clean(workspace)
    }
}
