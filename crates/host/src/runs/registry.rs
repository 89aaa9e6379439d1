//! Who has which program. Every request names the workspace, so a stranger's run id opens nothing.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pythonide_link::{Refusal, RefusalKind};
use tokio::{
    sync::{OwnedMutexGuard, watch},
    task::spawn_blocking,
};
use uuid::Uuid;

use super::{
    Admission, Asked, Cause, House, Keeper, Launcher, Program, Records, RunState, transcripts::Kept,
};
use crate::files::{FileError, Owner, Quotas, Workspace};

/// The workspace's program, which changes.
pub(crate) type Current = watch::Receiver<Option<Arc<Program>>>;

/// Ended programs whose output is kept to be read again; the oldest go.
const ENDED_KEPT: usize = 256;

/// All programs of this host.
#[derive(Debug)]
pub(crate) struct Runs {
    house: Arc<House>,
    slots: Mutex<HashMap<Owner, Arc<Slot>>>,
    is_closed: AtomicBool,
}

/// A workspace's place for its program.
#[derive(Debug)]
struct Slot {
    current: watch::Sender<Option<Arc<Program>>>,
    /// Held while one program takes the place of another, and while the workspace is given up.
    starting: Arc<tokio::sync::Mutex<()>>,
}

impl Slot {
    /// Whether nothing lives there, and nothing is just starting.
    fn is_over(&self) -> bool {
        let is_ended = |program: &Arc<Program>| program.state() == RunState::Ended;
        self.current.borrow().as_ref().is_none_or(is_ended) && self.starting.try_lock().is_ok()
    }
}

impl Runs {
    pub(crate) fn new(house: House) -> Self {
        Self {
            house: Arc::new(house),
            slots: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }
    }

    /// How programs are started here.
    pub(crate) fn launcher(&self) -> &Launcher {
        &self.house.launcher
    }

    pub(crate) fn admission(&self) -> Arc<Admission> {
        Arc::clone(&self.house.admission)
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.house.keeper
    }

    /// What owners may have.
    pub(crate) fn quotas(&self) -> Quotas {
        self.house.quotas.clone()
    }

    pub(crate) fn records(&self) -> &Arc<Records> {
        &self.house.records
    }

    /// How all programs stand.
    pub(crate) fn states(&self) -> Vec<RunState> {
        self.programs()
            .iter()
            .map(|program| program.state())
            .collect()
    }

    /// Starts a program. A prompt of the same workspace gives way; a script that runs does not. Refuses, and lets nothing
    /// live on, when another host may have the workspace by now.
    pub(crate) async fn start(
        &self,
        workspace: &Workspace,
        asked: Asked,
    ) -> Result<Arc<Program>, FileError> {
        let owner = workspace.owner();
        let (slot, _starting) = self.hold(owner).await;
        // It may have been given up while this waited.
        workspace.held.check()?;
        let before = slot.current.borrow().clone();
        let mut instead_of = None;
        if let Some(before) = before {
            match before.state() {
                RunState::Running => {
                    return Err(Refusal::new(
                        RefusalKind::ProgramRunning,
                        format!("{} is still running. Stop it first.", before.path),
                    )
                    .into());
                }
                // The keeper sees to it that the next begins when this one can do nothing more; until then the
                // next gets ready.
                RunState::Prompt => {
                    before.followed.now();
                    before.stop(Cause::Replaced).await;
                    instead_of = before.number;
                }
                // The keeper does not know it yet.
                RunState::Queued(_) => {
                    before.stop(Cause::Replaced).await;
                    before.ended().await;
                }
                // The user has read that it is over.
                RunState::Ending => before.ended().await,
                RunState::Ended => {}
            }
        }
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Refusal::new(
                RefusalKind::Draining,
                "The computer that runs programs is about to restart. Try again in a moment.",
            )
            .into());
        }
        let program = Program::start(&self.house, workspace, asked, instead_of)
            .await
            .map_err(|source| FileError::of_work("start a program", source))?;
        slot.current.send_replace(Some(Arc::clone(&program)));
        // Whoever declares this host dead ends what lives at that moment; this one may have come a moment later.
        if let Err(refusal) = workspace.held.check() {
            program.stop(Cause::HostLost).await;
            program.ended().await;
            self.slots().remove(owner);
            return Err(refusal.into());
        }
        let (begun, whose) = (Arc::clone(&program), owner.clone());
        // The start need not wait for the disk.
        self.house
            .write_behind(move |house| house.transcripts.begin(&whose, &begun));
        self.forget_the_oldest();
        Ok(program)
    }

    /// The run `id` of a user.
    pub(crate) async fn get(&self, owner: &Owner, id: Uuid) -> Result<Arc<Program>, Refusal> {
        let current = self.slot(owner).await.current.borrow().clone();
        current.filter(|program| program.id == id).ok_or_else(|| {
            Refusal::new(
                RefusalKind::NoSuchRun,
                "That run is over, and its output is gone.",
            )
        })
    }

    /// A user's program, now and later.
    pub(crate) async fn watch(&self, owner: &Owner) -> Current {
        self.slot(owner).await.current.subscribe()
    }

    /// Takes no more programs.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }

    /// Waits until no program lives.
    pub(crate) async fn all_ended(&self) {
        for program in self.programs() {
            program.ended().await;
        }
    }

    /// Gives a user's workspace up, which `given_up` makes known, and lets all who watch it know; refuses while a program
    /// lives there, but for a prompt if a start `is_to_follow`.
    pub(crate) async fn give_up(
        &self,
        owner: &Owner,
        is_to_follow: bool,
        given_up: impl FnOnce(),
    ) -> Result<(), Refusal> {
        let (slot, _starting) = self.hold(owner).await;
        let current = slot.current.borrow().clone();
        if let Some(program) = current {
            match program.state() {
                RunState::Ended => {}
                RunState::Ending => program.ended().await,
                RunState::Prompt if is_to_follow => {
                    program.stop(Cause::Replaced).await;
                    program.ended().await;
                }
                RunState::Queued(_) | RunState::Running | RunState::Prompt => {
                    return Err(Refusal::new(
                        RefusalKind::ProgramRunning,
                        format!("{} is still running.", program.path),
                    ));
                }
            }
            // Another host would take it for lost.
            program.kept().await;
        }
        // Before anybody who waits may start something.
        given_up();
        self.slots().remove(owner);
        Ok(())
    }

    /// Forgets what a user ran last, if that is over: it may have run something elsewhere since.
    pub(crate) fn forget(&self, owner: &Owner) {
        let mut slots = self.slots();
        if slots.get(owner).is_some_and(|slot| slot.is_over()) {
            slots.remove(owner);
        }
    }

    /// Ends all programs that live now, forgets them, and lets all who watch know: others may have every workspace by now.
    pub(crate) async fn lose_all(&self) {
        self.end_living(Cause::HostLost).await;
        // A workspace may have come to this host again meanwhile.
        self.slots().retain(|_, slot| !slot.is_over());
    }

    /// Ends all programs and waits until they are gone, and what is kept of them is on the disk.
    pub(crate) async fn end_all(&self, cause: Cause) {
        self.close();
        self.end_living(cause).await;
        self.house.has_written().await;
    }

    /// Ends all programs that live now, and waits until they are gone; others may start.
    async fn end_living(&self, cause: Cause) {
        let programs = self.programs();
        for program in &programs {
            program.stop(cause).await;
        }
        for program in &programs {
            program.ended().await;
        }
    }

    /// Whether no program is taken any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// A workspace's place, in which nothing starts and which is not given up while this is held.
    async fn hold(&self, owner: &Owner) -> (Arc<Slot>, OwnedMutexGuard<()>) {
        loop {
            let slot = self.slot(owner).await;
            let starting = Arc::clone(&slot.starting).lock_owned().await;
            // What starts in a place that was forgotten meanwhile would be found by nobody.
            if self
                .slots()
                .get(owner)
                .is_some_and(|now| Arc::ptr_eq(now, &slot))
            {
                return (slot, starting);
            }
        }
    }

    /// A workspace's place. What its user ran last, before this host began or at another, is in it.
    async fn slot(&self, owner: &Owner) -> Arc<Slot> {
        let found = self.slots().get(owner).cloned();
        if let Some(slot) = found.filter(|slot| slot.current.borrow().is_some()) {
            return slot;
        }
        // A disk that hangs keeps those whose transcript is on it, and nobody else.
        let (house, whose) = (Arc::clone(&self.house), owner.clone());
        let kept = spawn_blocking(move || house.transcripts.load(&whose)).await;
        let mut kept = kept.unwrap_or_else(|error| {
            tracing::error!(username = owner.username(), %error, "a transcript could not be read");
            None
        });
        let mut slots = self.slots();
        let slot = slots.entry(owner.clone()).or_insert_with(|| {
            Arc::new(Slot {
                current: watch::Sender::new(None),
                starting: Arc::default(),
            })
        });
        // A program may have started meanwhile, and one that was forgotten is there again.
        slot.current.send_if_modified(|current| {
            let Some((program, kept)) = kept.take().filter(|_| current.is_none()) else {
                return false;
            };
            if kept == Kept::Begun {
                self.house.is_lost(owner, &program);
            }
            *current = Some(program);
            true
        });
        Arc::clone(slot)
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Owner, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn programs(&self) -> Vec<Arc<Program>> {
        let slots = self.slots();
        slots
            .values()
            .filter_map(|slot| slot.current.borrow().clone())
            .collect()
    }

    fn forget_the_oldest(&self) {
        let mut ended: Vec<_> = self
            .programs()
            .into_iter()
            .filter(|program| program.state() == RunState::Ended)
            .collect();
        // Ids are made in the order of time.
        ended.sort_by_key(|program| program.id);
        let surplus = ended.len().saturating_sub(ENDED_KEPT);
        let slots = self.slots();
        for old in ended.iter().take(surplus) {
            for slot in slots.values() {
                slot.current.send_if_modified(|current| {
                    current.take_if(|program| program.id == old.id).is_some()
                });
            }
        }
    }
}
