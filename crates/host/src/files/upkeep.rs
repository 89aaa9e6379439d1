//! What must be done now and then so that nothing grows without end: the trash is emptied of what is old, histories
//! are thinned.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
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
    is_under_way: AtomicBool,
}

/// An owner's turn. There is one at a time: all who come from a host that is lost come at once.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Upkeep>);

impl Upkeep {
    /// Trash is kept for so many days, and so many bytes of each owner's.
    pub(crate) fn new(trash_days: u32, trash_bytes: u64) -> Self {
        Self {
            trash_days,
            trash_bytes,
            done: Mutex::default(),
            is_under_way: AtomicBool::new(false),
        }
    }

    /// This owner's turn, if it is due and nobody else has it; then it is not due again for a day.
    pub(crate) fn turn(self: &Arc<Self>, owner: &Owner) -> Option<Turn> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.get(owner).is_some_and(|at| at.elapsed() < EVERY)
            || self.is_under_way.swap(true, Ordering::Acquire)
        {
            return None;
        }
        if done.len() >= MOST_OWNERS {
            done.clear();
        }
        done.insert(owner.clone(), Instant::now());
        Some(Turn(Arc::clone(self)))
    }
}

impl Turn {
    /// Does what is to be done, unless another host has. Nothing else may change the owner's files meanwhile.
    pub(crate) fn carry_out(self, workspace: &Workspace) -> Result<(), FileError> {
        let now_ms = now().timestamp_millis();
        let is_done = |at: i64| u128::from(now_ms.abs_diff(at)) < EVERY.as_millis();
        if versions::thinned_ms(workspace).is_some_and(is_done) {
            return Ok(());
        }
        let kept_ms = i64::from(self.0.trash_days) * 86_400_000;
        trash::expire(workspace, now_ms - kept_ms, self.0.trash_bytes)?;
        versions::clean(workspace)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.is_under_way.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use pythonide_sandbox::Identity;

    use super::*;

    fn owner(username: &str) -> Owner {
        Owner::User {
            username: username.to_owned(),
            identity: Identity::own(),
        }
    }

    #[test]
    fn owners_who_come_at_once_have_their_turns_one_after_the_other_and_once() {
        let upkeep = Arc::new(Upkeep::new(30, 1));
        let first = upkeep.turn(&owner("ada")).unwrap();
        assert!(upkeep.turn(&owner("ben")).is_none());
        drop(first);
        assert!(upkeep.turn(&owner("ada")).is_none());
        assert!(upkeep.turn(&owner("ben")).is_some());
    }
}
