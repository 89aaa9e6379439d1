//! One run, as those see it who talk to it, and how it starts.

use std::{
    io,
    os::fd::OwnedFd,
    path::PathBuf,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use pythonide_link::{Refusal, RefusalKind, wire::RunRecord};
use pythonide_sandbox::{Policy, identity, pty};
use tokio::{
    io::unix::AsyncFd,
    net::UnixStream,
    sync::{mpsc, watch},
    task::spawn_blocking,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    Cause, End, House, Log,
    admission::{Permit, QueuePlace},
    disk::DiskWatch,
    life::Life,
    pace::Pace,
    plots::Plots,
    temporary::{Followed, TemporaryFolder},
    told,
};
use crate::files::{Owner, Workspace};

/// Pieces of input that wait for the program to read them, of at most 64 KiB each.
const INPUT_QUEUE: usize = 16;
/// Explanations of errors that are kept of a run.
const MAX_HINTS: u32 = 1000;
/// How long whoever takes a workspace over waits for the disk to keep what its last run printed.
const KEPT_WITHIN: Duration = Duration::from_secs(5);
/// How long input waits for a program that reads, but not as fast as a page sends what was pasted.
const READS_WITHIN: Duration = Duration::from_secs(1);

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunState {
    /// It waits for a place or for memory.
    Queued(QueuePlace),
    /// The script is running.
    Running,
    /// The script is over; the prompt has its variables.
    Prompt,
    /// The script is over, without a prompt; what it leaves is being removed.
    Ending,
    /// The process is gone.
    Ended,
}

/// A run, as those see it who talk to it. Dropping all of these ends nothing.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) id: Uuid,
    /// The keeper's number for it; `None` for a transcript.
    pub(super) number: Option<u64>,
    pub(crate) path: String,
    pub(crate) log: Arc<Log>,
    pub(crate) plots: Arc<Plots>,
    state: watch::Receiver<RunState>,
    pub(super) followed: Followed,
    /// Whether what it printed is on the disk, or was tried to be.
    pub(super) is_kept: watch::Sender<bool>,
    stop: mpsc::Sender<Cause>,
    /// `None` for a transcript.
    input: Option<mpsc::Sender<Bytes>>,
    /// Whether input has waited in vain: then no more does, for a stop may wait behind it.
    is_not_reading: AtomicBool,
    /// Of the run's task, and gone with it.
    terminal: Weak<OwnedFd>,
}

impl Program {
    /// Starts what is asked for if there is a place for it, or puts it into the queue; in place of the program
    /// with the number `instead_of`, which has been told to end.
    ///
    /// # Errors
    /// When the program cannot be started. One from the queue tells that in its output.
    pub(crate) async fn start(
        house: &Arc<House>,
        workspace: &Workspace,
        asked: Asked,
        instead_of: Option<u64>,
    ) -> io::Result<Arc<Self>> {
        let id = Uuid::now_v7();
        let number = house.keeper.number();
        let launcher = &house.launcher;
        let open_folders = launcher.open_folders.clone();
        let owner = workspace.owner();
        let has_fonts = house.keeper.has_loaded_packages();
        let temporary =
            TemporaryFolder::make(&launcher.scratch, has_fonts, open_folders, id, owner)?;
        let owner = identity::is_root().then(|| workspace.owner().identity());
        let pty::Pty {
            master,
            slave,
            name,
        } = pty::open(asked.size.0, asked.size.1, owner)?;
        let whose = workspace.clone();
        let shared = spawn_blocking(move || whose.shared_entries()).await;
        let shared = shared.map_err(io::Error::other)??;
        let policy = launcher.policy(workspace, &asked, &temporary, shared, name);
        let terminal = Arc::new(master);
        let log = Log::new();
        let plots = Plots::new(&house.plot_room);
        let (state, states) = watch::channel(RunState::Running);
        let (stop, stops) = mpsc::channel(4);
        let (input, inputs) = mpsc::channel(INPUT_QUEUE);
        let program = Arc::new(Self {
            id,
            number: Some(number),
            path: asked.path,
            log,
            plots,
            state: states,
            followed: temporary.followed(),
            is_kept: watch::Sender::new(false),
            stop,
            input: Some(input),
            is_not_reading: AtomicBool::new(false),
            terminal: Arc::downgrade(&terminal),
        });
        let start = Start {
            house: Arc::clone(house),
            owner: workspace.owner().clone(),
            program: Arc::clone(&program),
            number,
            instead_of,
            state,
            stops,
            inputs,
            terminal,
            slave,
            policy,
            home: workspace.home(),
            temporary,
        };
        if let Some(permit) = house.admission.try_enter() {
            let life = start.go(permit).await?;
            tokio::spawn(life.live());
        } else {
            let place = house.admission.last_place();
            start.state.send_replace(RunState::Queued(place));
            tokio::spawn(start.queue());
        }
        Ok(program)
    }

    /// A run that was over before this host began, as its transcript tells.
    pub(super) fn over(id: Uuid, path: String, log: Arc<Log>) -> Arc<Self> {
        let (_, state) = watch::channel(RunState::Ended);
        let (stop, _) = mpsc::channel(1);
        Arc::new(Self {
            id,
            number: None,
            path,
            log,
            plots: Arc::default(),
            state,
            followed: Followed::default(),
            is_kept: watch::Sender::new(true),
            stop,
            input: None,
            is_not_reading: AtomicBool::new(false),
            terminal: Weak::new(),
        })
    }

    /// What is to be known of this run for good, as the run of that user.
    pub(super) fn record(&self, username: &str, end: End) -> RunRecord {
        let started_at_ms = self.asked_at_ms();
        let wall_ms = u64::try_from(end.wall.as_millis()).unwrap_or(u64::MAX);
        RunRecord {
            run: self.id.to_string(),
            username: username.to_owned(),
            path: self.path.clone(),
            started_at_ms,
            ended_at_ms: started_at_ms.saturating_add_unsigned(wall_ms),
            end: Some(end.into()),
            output_bytes: self.log.end(),
        }
    }

    /// When it was asked for, in milliseconds since 1970: its id begins with that.
    fn asked_at_ms(&self) -> i64 {
        let (seconds, nanoseconds) = self
            .id
            .get_timestamp()
            .map_or((0, 0), |asked_at| asked_at.to_unix());
        i64::try_from(seconds * 1000 + u64::from(nanoseconds) / 1_000_000).unwrap_or(i64::MAX)
    }

    /// Where it is in its life now.
    pub(crate) fn state(&self) -> RunState {
        *self.state.borrow()
    }

    /// Tells when that changes.
    pub(crate) fn states(&self) -> watch::Receiver<RunState> {
        self.state.clone()
    }

    /// Ends it for `cause`. One that is over already stays so.
    pub(crate) async fn stop(&self, cause: Cause) {
        // The task is gone when the program is, and with it the need to stop it.
        let _ = self.stop.send(cause).await;
    }

    /// Waits until the process and all it started are gone.
    pub(crate) async fn ended(&self) {
        let mut states = self.states();
        // The sender goes with the task, which is the same.
        let _ = states.wait_for(|state| *state == RunState::Ended).await;
    }

    /// Waits until what it printed is kept, but not for a disk that hangs.
    pub(super) async fn kept(&self) {
        let mut is_kept = self.is_kept.subscribe();
        let kept = is_kept.wait_for(|is_kept| *is_kept);
        if timeout(KEPT_WITHIN, kept).await.is_err() {
            tracing::warn!(run.id = %self.id, "what a run printed is not kept yet");
        }
    }

    /// Types into it, as soon as it has read enough of what was typed before.
    pub(crate) async fn type_in(&self, bytes: Bytes) -> Result<(), Refusal> {
        use mpsc::error::SendTimeoutError;
        let over = || Refusal::new(RefusalKind::NoSuchRun, "The program has ended.");
        let input = self.input.as_ref().ok_or_else(over)?;
        let patience = if self.is_not_reading.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            READS_WITHIN
        };
        let sent = input.send_timeout(bytes, patience).await;
        let is_full = matches!(sent, Err(SendTimeoutError::Timeout(_)));
        self.is_not_reading.store(is_full, Ordering::Relaxed);
        sent.map_err(|error| match error {
            SendTimeoutError::Timeout(_) => Refusal::new(
                RefusalKind::Busy,
                "The program is not reading its input; the rest was not sent.",
            ),
            SendTimeoutError::Closed(_) => over(),
        })
    }

    /// Tells it the console's size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        match self.terminal.upgrade() {
            Some(terminal) => pty::resize(terminal, columns, rows),
            None => Ok(()),
        }
    }
}

/// What is asked for with a run.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The file, in the workspace.
    pub(crate) path: String,
    /// Columns and rows of the terminal.
    pub(crate) size: (u16, u16),
    /// Whether errors are explained in a plain sentence.
    pub(crate) hints: bool,
}

/// A program that has all but a place and a process.
struct Start {
    house: Arc<House>,
    owner: Owner,
    program: Arc<Program>,
    number: u64,
    instead_of: Option<u64>,
    state: watch::Sender<RunState>,
    stops: mpsc::Receiver<Cause>,
    inputs: mpsc::Receiver<Bytes>,
    terminal: Arc<OwnedFd>,
    slave: OwnedFd,
    policy: Policy,
    home: PathBuf,
    temporary: TemporaryFolder,
}

impl Start {
    async fn go(self, permit: Permit) -> io::Result<Life> {
        let (events, theirs) = std::os::unix::net::UnixStream::pair()?;
        events.set_nonblocking(true)?;
        let keeper = &self.house.keeper;
        let held = keeper.start_program(
            self.number,
            self.instead_of,
            self.policy,
            &self.slave,
            theirs.into(),
        );
        let held = held.await?;
        let (told, acknowledge) = UnixStream::from_std(events)?.into_split();
        self.state.send_replace(RunState::Running);
        let folders = [self.home, self.temporary.path()];
        let most = self.house.launcher.settings.home();
        let now = Instant::now();
        let disk = DiskWatch::new(folders, most, held.works());
        Ok(Life {
            house: self.house,
            owner: self.owner,
            program: self.program,
            state: self.state,
            held,
            terminal: watch_terminal(self.terminal)?,
            slave: self.slave,
            is_terminal_open: true,
            pace: Pace::new(now),
            next_read: now,
            told: told::listen(told),
            is_told_open: true,
            acknowledge: Some(acknowledge),
            stops: self.stops,
            inputs: self.inputs,
            unwritten: Bytes::new(),
            hints_left: MAX_HINTS,
            told_bytes: 0,
            refused_plots: 0,
            asked: None,
            was_asked_before_prompt: false,
            kill_at: None,
            next_force: None,
            full_since: None,
            alone_since: now,
            started: now,
            disk,
            temporary: self.temporary,
            permit,
        })
    }

    /// Waits for a place and lives there; or is stopped before.
    async fn queue(mut self) {
        let admission = Arc::clone(&self.house.admission);
        let (program, state) = (Arc::clone(&self.program), self.state.clone());
        let (house, owner) = (Arc::clone(&self.house), self.owner.clone());
        let tell = |place| {
            state.send_replace(RunState::Queued(place));
        };
        let permit = tokio::select! {
            permit = admission.enter(tell) => Ok(permit),
            Some(cause) = self.stops.recv() => Err(cause),
        };
        let cause = match permit {
            Ok(permit) => match self.go(permit).await {
                Ok(life) => return life.live().await,
                Err(error) => {
                    tracing::error!(%error, "could not start a program that had waited");
                    let sorry = "The program could not be started. Please try again.\r\n";
                    program.log.append(sorry.as_bytes());
                    Cause::Error
                }
            },
            Err(cause) => cause,
        };
        house.script_is_over(&owner, &program, End::unseen(cause));
        program.log.close();
        house.keep_output(owner, program);
        state.send_replace(RunState::Ended);
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types whose descriptor may change; an OwnedFd's does not"
)]
fn watch_terminal(terminal: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    AsyncFd::new(terminal)
}
