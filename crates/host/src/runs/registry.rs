//! Who has which program. Every request names the workspace, so a stranger's run id opens nothing.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pythonide_link::{Refusal, RefusalKind};
use tokio::{sync::watch, task::spawn_blocking};
use uuid::Uuid;

use super::{Admission, Asked, Cause, House, Keeper, Launcher, Program, Records, RunState};
use crate::files::{FileError, Workspace};

/// The workspace's program, which changes.
pub(crate) type Current = watch::Receiver<Option<Arc<Program>>>;

/// Ended programs whose output is kept to be read again; the oldest go.
const ENDED_KEPT: usize = 256;

/// All programs of this host.
#[derive(Debug)]
pub(crate) struct Runs {
    house: Arc<House>,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    is_closed: AtomicBool,
}

/// A workspace's place for its program.
#[derive(Debug)]
struct Slot {
    current: watch::Sender<Option<Arc<Program>>>,
    /// Held while one program takes the place of another.
    starting: tokio::sync::Mutex<()>,
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

    /// Starts a program. A prompt of the same workspace gives way; a script that runs does not.
    pub(crate) async fn start(
        &self,
        username: &str,
        workspace: &Workspace,
        asked: Asked,
    ) -> Result<Arc<Program>, FileError> {
        let slot = self.slot(username).await;
        let _starting = slot.starting.lock().await;
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
        let (begun, whose) = (Arc::clone(&program), username.to_owned());
        // The start need not wait for the disk.
        self.house
            .write_behind(move |house| house.transcripts.begin(&whose, &begun));
        self.forget_the_oldest();
        Ok(program)
    }

    /// The run `id` of a user.
    pub(crate) async fn get(&self, username: &str, id: Uuid) -> Result<Arc<Program>, Refusal> {
        let current = self.slot(username).await.current.borrow().clone();
        current.filter(|program| program.id == id).ok_or_else(|| {
            Refusal::new(
                RefusalKind::NoSuchRun,
                "That run is over, and its output is gone.",
            )
        })
    }

    /// A user's program, now and later.
    pub(crate) async fn watch(&self, username: &str) -> Current {
        self.slot(username).await.current.subscribe()
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

    /// Gives a user's workspace up, and lets all who watch it know; refuses while a program lives there, but for a prompt
    /// if a start `is_to_follow`.
    pub(crate) async fn give_up(&self, username: &str, is_to_follow: bool) -> Result<(), Refusal> {
        let slot = self.slot(username).await;
        let _starting = slot.starting.lock().await;
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
        }
        self.forget(username);
        Ok(())
    }

    /// Forgets what a user ran last, if that is over: it may have run something elsewhere since.
    pub(crate) fn forget(&self, username: &str) {
        let mut slots = self.slots();
        let is_over = slots.get(username).is_some_and(|slot| {
            let current = slot.current.borrow();
            current
                .as_ref()
                .is_none_or(|program| program.state() == RunState::Ended)
        });
        if is_over {
            slots.remove(username);
        }
    }

    /// Ends all programs and waits until they are gone, and what is kept of them is on the disk.
    pub(crate) async fn end_all(&self, cause: Cause) {
        self.close();
        self.end_living(cause).await;
        self.house.has_written().await;
    }

    /// Ends all programs that live now, and waits until they are gone; others may start.
    pub(crate) async fn end_living(&self, cause: Cause) {
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

    async fn slot(&self, username: &str) -> Arc<Slot> {
        if let Some(slot) = self.slots().get(username) {
            return Arc::clone(slot);
        }
        // A disk that hangs keeps those whose transcript is on it, and nobody else.
        let (house, whose) = (Arc::clone(&self.house), username.to_owned());
        let kept = spawn_blocking(move || house.last_program(&whose)).await;
        let kept = kept.unwrap_or_else(|error| {
            tracing::error!(%username, %error, "a transcript could not be read");
            None
        });
        Arc::clone(self.slots().entry(username.to_owned()).or_insert_with(|| {
            Arc::new(Slot {
                current: watch::Sender::new(kept),
                starting: tokio::sync::Mutex::default(),
            })
        }))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
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
