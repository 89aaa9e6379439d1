//! What must be done now and then so that nothing grows without end: the trash is emptied of what is old, histories
//! are thinned.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{Owner, Workspace, refusals::FileError, text::now, trash, versions};

/// Of each owner whose files change.
const EVERY: Duration = Duration::from_hours(24);
/// What every change counts at least, in bytes: there may be as many as somebody likes.
const LEAST_BYTES: u64 = 16 << 10;
/// A folder that is not measured counts as this part of what may be put aside.
const PARTS: u64 = 2;
/// After so much, in trash and versions, an owner has a turn at once: by so much they can exceed their limits.
const MAX_PUT_ASIDE: u64 = 64 << 20;
/// Owners of whom it is remembered.
const MOST_OWNERS: usize = 10_000;

/// Whose turn it is.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pub(crate) trash_days: u32,
    trash_bytes: u64,
    owners: Mutex<HashMap<Owner, SinceLast>>,
    is_under_way: AtomicBool,
}

/// What a change has added beside an owner's files, where no quota counts it: to the trash, or to the histories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutAside {
    Bytes(u64),
    /// A folder with too much in it to look how much.
    Folder,
}

/// What is known of an owner.
#[derive(Debug, Default)]
struct SinceLast {
    turn: Option<Instant>,
    put_aside_bytes: u64,
}

/// An owner's turn. There is one at a time: all who come from a host that is lost come at once.
#[derive(Debug)]
pub(crate) struct Turn {
    upkeep: Arc<Upkeep>,
    owner: Owner,
    put_aside_bytes: u64,
    /// Whether it is for what was put aside, whoever cleared up today.
    is_for_room: bool,
}

impl Upkeep {
    /// Trash is kept for so many days, and so many bytes of each owner's.
    pub(crate) fn new(trash_days: u32, trash_bytes: u64) -> Self {
        Self {
            trash_days,
            trash_bytes,
            owners: Mutex::default(),
            is_under_way: AtomicBool::new(false),
        }
    }

    /// Takes note of what a change of an owner's files has added beside them.
    pub(crate) fn note(&self, owner: &Owner, put_aside: PutAside) {
        let bytes = match put_aside {
            PutAside::Bytes(bytes) => bytes.max(LEAST_BYTES),
            PutAside::Folder => self.room() / PARTS,
        };
        self.count(owner, bytes);
    }

    /// This owner's turn, if it is due and nobody else has it; then it is not due again for a day, or until much has been
    /// put aside.
    pub(crate) fn turn(self: &Arc<Self>, owner: &Owner) -> Option<Turn> {
        let mut owners = self.lock();
        let since = owners.get(owner);
        let put_aside_bytes = since.map_or(0, |since| since.put_aside_bytes);
        let is_for_room = put_aside_bytes >= self.room();
        let is_daily = since
            .and_then(|since| since.turn)
            .is_none_or(|turn| turn.elapsed() >= EVERY);
        if !(is_for_room || is_daily) || self.is_under_way.swap(true, Ordering::Acquire) {
            return None;
        }
        if owners.len() >= MOST_OWNERS {
            owners.clear();
        }
        let since = SinceLast {
            turn: Some(Instant::now()),
            put_aside_bytes: 0,
        };
        owners.insert(owner.clone(), since);
        Some(Turn {
            upkeep: Arc::clone(self),
            owner: owner.clone(),
            put_aside_bytes,
            is_for_room,
        })
    }

    /// Bytes that may be put aside before an owner has a turn at once.
    fn room(&self) -> u64 {
        self.trash_bytes.min(MAX_PUT_ASIDE)
    }

    fn count(&self, owner: &Owner, bytes: u64) {
        let mut owners = self.lock();
        owners.entry(owner.clone()).or_default().put_aside_bytes += bytes;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Owner, SinceLast>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Does what is to be done, unless another host has. Nothing else may change the owner's files meanwhile.
    pub(crate) fn carry_out(self, workspace: &Workspace) -> Result<(), FileError> {
        let now_ms = now().timestamp_millis();
        let is_done = |at: i64| u128::from(now_ms.abs_diff(at)) < EVERY.as_millis();
        if !self.is_for_room && versions::thinned_ms(workspace).is_some_and(is_done) {
            self.upkeep.count(&self.owner, self.put_aside_bytes);
            return Ok(());
        }
        let kept_ms = i64::from(self.upkeep.trash_days) * 86_400_000;
        let cleared = trash::expire(workspace, now_ms - kept_ms, self.upkeep.trash_bytes)
            .and_then(|()| versions::clean(workspace));
        if cleared.is_err() {
            // Tried again when half as much more is there, and not at each change: what fails now may fail for long.
            let half = self.put_aside_bytes.min(self.upkeep.room()) / 2;
            self.upkeep.count(&self.owner, half);
        }
        cleared
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.upkeep.is_under_way.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use pythonide_sandbox::Identity;

    use super::*;
    use crate::{
        files::temporary::tests::{host, workspace},
        tenure::Held,
    };

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

    #[test]
    fn whoever_puts_aside_as_much_as_the_trash_holds_has_a_turn_at_once() {
        let upkeep = Arc::new(Upkeep::new(30, 1 << 20));
        let ada = owner("ada");
        drop(upkeep.turn(&ada));
        let quarter = PutAside::Bytes(1 << 18);
        for put_aside in [quarter, PutAside::Folder, PutAside::Bytes(1)] {
            upkeep.note(&ada, put_aside);
            assert!(upkeep.turn(&ada).is_none());
        }
        upkeep.note(&ada, quarter);
        assert!(upkeep.turn(&ada).unwrap().is_for_room);
        assert!(upkeep.turn(&ada).is_none());
    }

    #[test]
    fn room_that_could_not_be_made_is_tried_for_again_when_half_as_much_more_is_put_aside() {
        let files = tempfile::tempdir().unwrap();
        let host = host();
        let adas = workspace(files.path(), &host, 1);
        let upkeep = Arc::new(Upkeep::new(30, 1 << 20));
        let ada = adas.owner();
        upkeep.turn(ada).unwrap().carry_out(&adas).unwrap();
        upkeep.note(ada, PutAside::Bytes(1 << 20));
        // Another has the workspace now, and what this host does to it fails.
        Held::new(&host, "ada", 2).check().unwrap();
        let failed = upkeep.turn(ada).unwrap().carry_out(&adas);
        failed.unwrap_err();

        assert!(upkeep.turn(ada).is_none());
        upkeep.note(ada, PutAside::Bytes(1 << 19));
        assert!(upkeep.turn(ada).unwrap().is_for_room);
    }
}
