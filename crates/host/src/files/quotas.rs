//! What an owner's files may take, for the editor and for uploads. Programs are watched while they run
//! (`runs::disk`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use pythonide_link::RefusalKind;

use crate::HAS_USER_LIMITS;

use super::{
    Owner, Workspace,
    refusals::{Doing, FileError, refuse},
    usage::{Usage, usage},
};

/// What was measured is believed for so long: on a shared file system a look takes a second for a thousand files.
const BELIEVED_FOR: Duration = Duration::from_mins(5);
/// Owners whose measurements are remembered.
const MOST_OWNERS: usize = 1000;

/// What owners may have, and what they had when it was last looked at; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Quotas {
    most: Usage,
    known: Arc<Mutex<HashMap<Owner, State>>>,
    /// Held by the thread that measures an owner's files.
    measuring: Arc<Mutex<HashMap<Owner, Arc<Mutex<()>>>>>,
    /// Bytes of uploads that have not come to their end.
    arriving: Arc<Mutex<HashMap<Owner, u64>>>,
}

/// A measurement, and how many were forgotten: one that began before counts no more.
#[derive(Debug, Default)]
struct State {
    known: Option<Known>,
    forgotten: u64,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    used: Usage,
    /// When the measurement began on which `used` is based.
    measured_at: Instant,
}

/// What has come of an upload. Dropped, it is on its way no longer.
#[derive(Debug)]
pub(super) struct Arriving {
    quotas: Quotas,
    owner: Owner,
    bytes: u64,
}

impl Quotas {
    /// Every home may take `most`.
    pub(crate) fn new(most: Usage) -> Self {
        Self {
            most,
            known: Arc::default(),
            measuring: Arc::default(),
            arriving: Arc::default(),
        }
    }

    /// What a home may take.
    pub(crate) fn most(&self) -> Usage {
        self.most
    }

    /// Measures what an owner's files take now. Callers that ask while a measurement runs share the next one.
    pub(crate) fn measure(&self, workspace: &Workspace) -> Result<Usage, FileError> {
        let asked_at = Instant::now();
        let owner = workspace.owner();
        let turn = Arc::clone(lock(&self.measuring).entry(owner.clone()).or_default());
        let _measuring = HAS_USER_LIMITS.then(|| lock(&turn));
        let (known, forgotten) = self.state(owner);
        if let Some(known) = known.filter(|known| known.measured_at >= asked_at) {
            return Ok(known.used);
        }
        let measured_at = Instant::now();
        let unlimited = Usage {
            bytes: u64::MAX,
            entries: u64::MAX,
        };
        let used = usage(&workspace.home(), unlimited).doing("look at what files take");
        // Held by the map and by this caller: nobody waits for the turn.
        lock(&self.measuring)
            .retain(|of, turn| Arc::strong_count(turn) > if of == owner { 2 } else { 1 });
        let used = used?;
        self.remember(owner, Known { used, measured_at }, forgotten);
        Ok(used)
    }

    /// How many bytes an owner's files may be more, with one more file among them; refuses when it is none.
    pub(super) fn room(&self, workspace: &Workspace) -> Result<u64, FileError> {
        if matches!(workspace.owner(), Owner::Shared { .. }) {
            return Ok(u64::MAX);
        }
        let one = Usage {
            bytes: 1,
            entries: 1,
        };
        let with_it = self.check(workspace, one)?;
        Ok((self.most.bytes + one.bytes).saturating_sub(with_it.bytes))
    }

    /// The same, looked at now.
    pub(super) fn room_now(&self, workspace: &Workspace) -> Result<u64, FileError> {
        let used = self.measure(workspace)?;
        Ok(self.most.bytes.saturating_sub(used.bytes))
    }

    /// Counts what will be there more, and refuses what would make an owner's files more than they may be; returns what
    /// they are then, or zero where nothing limits them. What makes them less is always taken.
    pub(super) fn check(&self, workspace: &Workspace, more: Usage) -> Result<Usage, FileError> {
        // What is handed out is not limited: professors fill it.
        if more == Usage::default() || matches!(workspace.owner(), Owner::Shared { .. }) {
            return Ok(Usage::default());
        }
        let (known, forgotten) = self.state(workspace.owner());
        let believed = known.filter(|known| known.measured_at.elapsed() < BELIEVED_FOR);
        let mut measured_at = Instant::now();
        let mut all = match believed {
            Some(known) => {
                measured_at = known.measured_at;
                known.used
            }
            None => self.measure(workspace)?,
        };
        all += more;
        if all.exceeds(self.most) {
            // Something may have been deleted since.
            measured_at = Instant::now();
            all = self.measure(workspace)?;
            all += more;
        }
        if all.exceeds(self.most) {
            return self.refuse(all.bytes > self.most.bytes);
        }
        let known = Known {
            used: all,
            measured_at,
        };
        self.remember(workspace.owner(), known, forgotten);
        Ok(all)
    }

    /// An upload of which nothing has come yet.
    pub(super) fn arriving(&self, owner: &Owner) -> Arriving {
        Arriving {
            quotas: self.clone(),
            owner: owner.clone(),
            bytes: 0,
        }
    }

    /// Says that there is no more room.
    pub(super) fn refuse<T>(&self, for_bytes: bool) -> Result<T, FileError> {
        let (what, most) = if for_bytes {
            ("MB", self.most.bytes >> 20)
        } else {
            ("files and folders", self.most.entries)
        };
        refuse(
            RefusalKind::QuotaFull,
            format!(
                "Your files would take more than the {most} {what} that they may. Nothing was changed. Delete what you \
                 no longer need."
            ),
        )
    }

    /// The last measurement, and how many were forgotten before it.
    fn state(&self, owner: &Owner) -> (Option<Known>, u64) {
        let states = self.lock();
        let state = states.get(owner);
        state.map_or((None, 0), |state| (state.known, state.forgotten))
    }

    /// Takes note of a measurement, unless one was forgotten since it began.
    fn remember(&self, owner: &Owner, now: Known, forgotten: u64) {
        let mut states = self.lock();
        let state = Self::state_of(&mut states, owner);
        if state.forgotten == forgotten {
            state.known = Some(now);
        }
    }

    fn state_of<'states>(
        states: &'states mut HashMap<Owner, State>,
        owner: &Owner,
    ) -> &'states mut State {
        if states.len() >= MOST_OWNERS && !states.contains_key(owner) {
            states.clear();
        }
        states.entry(owner.clone()).or_default()
    }

    /// Believes no earlier measurement of an owner's files: a program may have written since.
    pub(crate) fn forget(&self, owner: &Owner) {
        let mut states = self.lock();
        let state = Self::state_of(&mut states, owner);
        state.known = None;
        state.forgotten += 1;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Owner, State>> {
        lock(&self.known)
    }
}

impl Arriving {
    /// Counts what has come; returns how many bytes all uploads of this owner are that are on their way.
    pub(super) fn add(&mut self, bytes: u64) -> u64 {
        let mut arriving = lock(&self.quotas.arriving);
        let all = arriving.entry(self.owner.clone()).or_default();
        *all += bytes;
        self.bytes += bytes;
        *all
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut arriving = lock(&self.quotas.arriving);
        if let Some(all) = arriving.get_mut(&self.owner) {
            *all -= self.bytes;
            if *all == 0 {
                arriving.remove(&self.owner);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
