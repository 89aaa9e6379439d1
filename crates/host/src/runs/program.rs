//! One run, from its start to its end: a task that owns the program's leash, terminal and events.

use std::{io, os::fd::OwnedFd, sync::Arc, time::Duration};

use bytes::{Buf, Bytes};
use futures::FutureExt;
use pythonide_link::{Refusal, RefusalKind};
use pythonide_sandbox::{
    identity,
    leash::{Ended, Exit, Order, Report},
    pty,
};
use rustix::io::Errno;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, Take, unix::AsyncFd},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{
    Cause, End, Launcher, Log, Mark, MarkKind, end::Told, leash::Leash, temporary::TemporaryFolder,
};
use crate::{files::Workspace, settings::RunSettings};

/// How long a script that is stopped may take to clean up after itself.
const GRACE: Duration = Duration::from_millis(300);
/// How long a program waits for a screen that shows nothing.
const SLOW_READER: Duration = Duration::from_secs(10);
/// Pieces of input that wait for the program to read them, of at most 64 KiB each.
const INPUT_QUEUE: usize = 16;
/// More than a terminal holds: all that was printed before a script told its end.
const LAST_OUTPUT: usize = 256 << 10;
/// All that a runtime has to tell; the rest of what comes there is a student's own.
const MAX_TOLD_BYTES: u64 = 4096;
/// The most that is read from the terminal before anything else has its turn.
const READ_AT_ONCE: usize = 64 << 10;

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunState {
    /// The script is running.
    Running,
    /// The script is over; the prompt has its variables.
    Prompt,
    /// The process is gone.
    Ended,
}

/// A run, as those see it who talk to it. Dropping all of these ends nothing.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) id: Uuid,
    pub(crate) path: String,
    pub(crate) log: Arc<Log>,
    state: watch::Receiver<RunState>,
    stop: mpsc::Sender<Cause>,
    input: mpsc::Sender<Bytes>,
    terminal: Arc<OwnedFd>,
}

impl Program {
    /// Starts the file at `path`, which is a plain file, on a terminal of the given size.
    pub(crate) async fn start(
        launcher: &Launcher,
        workspace: &Workspace,
        path: String,
        size: (u16, u16),
        permit: OwnedSemaphorePermit,
    ) -> io::Result<Arc<Self>> {
        let id = Uuid::now_v7();
        let temporary = TemporaryFolder::make(&launcher.scratch, id, workspace.owner())?;
        let owner = identity::is_root().then(|| workspace.owner().identity());
        let pty::Pty {
            master,
            slave,
            name,
        } = pty::open(size.0, size.1, owner)?;
        let policy = launcher.policy(workspace, &path, &temporary, name)?;
        let terminal = Arc::new(master);
        let (events, theirs) = std::os::unix::net::UnixStream::pair()?;
        events.set_nonblocking(true)?;
        let leash = Leash::start(&launcher.program, policy, slave, theirs.into()).await?;
        let (told, acknowledge) = UnixStream::from_std(events)?.into_split();

        let log = Log::new();
        let (state_sender, state) = watch::channel(RunState::Running);
        let (stop, stops) = mpsc::channel(4);
        let (input, inputs) = mpsc::channel(INPUT_QUEUE);
        let life = Life {
            id,
            log: Arc::clone(&log),
            state: state_sender,
            leash,
            terminal: watch_terminal(Arc::clone(&terminal))?,
            is_terminal_open: true,
            told: BufReader::new(told.take(MAX_TOLD_BYTES)).lines(),
            is_told_open: true,
            acknowledge,
            stops,
            inputs,
            unwritten: Bytes::new(),
            asked: None,
            was_asked_before_prompt: false,
            kill_at: None,
            full_since: None,
            alone_since: Instant::now(),
            started: Instant::now(),
            settings: launcher.settings.clone(),
            temporary,
            permit,
        };
        tokio::spawn(life.live());
        Ok(Arc::new(Self {
            id,
            path,
            log,
            state,
            stop,
            input,
            terminal,
        }))
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

    /// Types into it.
    pub(crate) fn type_in(&self, bytes: Bytes) -> Result<(), Refusal> {
        self.input.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refusal::new(
                RefusalKind::Busy,
                "The program is not reading its input; the rest was not sent.",
            ),
            mpsc::error::TrySendError::Closed(_) => {
                Refusal::new(RefusalKind::NoSuchRun, "The program has ended.")
            }
        })
    }

    /// Tells it the console's size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        pty::resize(&self.terminal, columns, rows)
    }
}

/// The task of a run.
struct Life {
    id: Uuid,
    log: Arc<Log>,
    state: watch::Sender<RunState>,
    leash: Leash,
    terminal: AsyncFd<Arc<OwnedFd>>,
    is_terminal_open: bool,
    told: Lines<BufReader<Take<OwnedReadHalf>>>,
    is_told_open: bool,
    acknowledge: OwnedWriteHalf,
    stops: mpsc::Receiver<Cause>,
    inputs: mpsc::Receiver<Bytes>,
    unwritten: Bytes,
    asked: Option<Cause>,
    was_asked_before_prompt: bool,
    kill_at: Option<Instant>,
    full_since: Option<Instant>,
    alone_since: Instant,
    started: Instant,
    settings: RunSettings,
    temporary: TemporaryFolder,
    permit: OwnedSemaphorePermit,
}

/// What a run's task wakes up for.
enum Event {
    Stop(Cause),
    Report(io::Result<Option<Report>>),
    Told(io::Result<Option<String>>),
    Printed,
    Typed(Bytes),
    CanWrite,
    ReadersChanged,
    GraceIsOver,
    ReaderIsSlow,
    IsIdle,
}

impl Life {
    async fn live(mut self) {
        let ended = loop {
            match self.next_event().await {
                Event::Stop(cause) => self.stop(cause).await,
                Event::Report(Ok(Some(Report::Ended(ended)))) => break ended,
                Event::Report(report) => {
                    tracing::error!(run.id = %self.id, ?report, "a leash was lost");
                    break Ended {
                        exit: Exit::Signal(9),
                        limit: None,
                        cpu_ms: 0,
                        peak_memory_bytes: 0,
                    };
                }
                Event::Told(told) => self.hear(told).await,
                Event::Printed => {
                    self.take_output(READ_AT_ONCE);
                    self.check_output().await;
                }
                Event::Typed(bytes) => self.unwritten = bytes,
                Event::CanWrite => self.write_input(),
                Event::ReadersChanged => {}
                Event::GraceIsOver => self.kill().await,
                Event::ReaderIsSlow => self.log.leave_slow_readers_behind(),
                Event::IsIdle => self.stop(Cause::Idle).await,
            }
        };
        self.end(&ended).await;
    }

    async fn next_event(&mut self) -> Event {
        // Before the look at the log, so that no change after it is missed.
        let mut changes = self.log.changes();
        let has_room = self.log.has_room();
        self.full_since = if has_room {
            None
        } else {
            self.full_since.or(Some(Instant::now()))
        };
        if self.log.has_readers() || *self.state.borrow() != RunState::Prompt {
            self.alone_since = Instant::now();
        }
        let slow_at = self.full_since.map(|since| since + SLOW_READER);
        let idle_at = self.alone_since + Duration::from_secs(self.settings.idle_minutes * 60);
        let is_alone = *self.state.borrow() == RunState::Prompt && !self.log.has_readers();
        tokio::select! {
            biased;
            Some(cause) = self.stops.recv() => Event::Stop(cause),
            report = self.leash.next_report() => Event::Report(report),
            () = maybe_until(self.kill_at) => Event::GraceIsOver,
            told = self.told.next_line(), if self.is_told_open => Event::Told(told),
            Ok(mut ready) = self.terminal.writable(), if !self.unwritten.is_empty() => {
                ready.retain_ready();
                Event::CanWrite
            }
            Some(bytes) = self.inputs.recv(), if self.unwritten.is_empty() => Event::Typed(bytes),
            Ok(mut ready) = self.terminal.readable(), if has_room && self.is_terminal_open => {
                ready.retain_ready();
                Event::Printed
            }
            Ok(()) = changes.changed() => Event::ReadersChanged,
            () = maybe_until(slow_at) => Event::ReaderIsSlow,
            () = sleep_until(idle_at), if is_alone => Event::IsIdle,
        }
    }

    async fn stop(&mut self, cause: Cause) {
        let first = self.asked.is_none();
        self.asked.get_or_insert(cause);
        if *self.state.borrow() == RunState::Running && cause == Cause::Stopped {
            if first {
                self.kill_at = Some(Instant::now() + GRACE);
                self.order(Order::Interrupt).await;
            }
        } else {
            self.kill().await;
        }
    }

    async fn kill(&mut self) {
        self.kill_at = None;
        self.order(Order::Kill).await;
    }

    async fn order(&mut self, order: Order) {
        if let Err(error) = self.leash.order(&order).await {
            // Its reports end too, and that ends the run.
            tracing::warn!(run.id = %self.id, %error, "a leash takes no orders");
        }
    }

    /// Hears the runtime tell that the script is over.
    async fn hear(&mut self, told: io::Result<Option<String>>) {
        let told = told
            .ok()
            .flatten()
            .and_then(|line| serde_json::from_str::<Told>(&line).ok());
        let Some(told) = told.filter(|_| *self.state.borrow() == RunState::Running) else {
            // Closed, or nonsense of the student's own: there is nothing more to hear.
            self.is_told_open = false;
            return;
        };
        self.take_output(LAST_OUTPUT);
        let end = End::told(&told, self.asked, self.started.elapsed());
        self.log.mark(Mark {
            kind: MarkKind::Script,
            end,
        });
        self.state.send_replace(RunState::Prompt);
        self.was_asked_before_prompt = self.asked.is_some();
        if self.was_asked_before_prompt {
            self.kill().await;
        } else if self.acknowledge.write_all(b"\n").await.is_err() {
            self.is_told_open = false;
        }
    }

    /// Moves what was printed into the log: up to `most` bytes, or all that is there.
    ///
    /// Reads without asking tokio whether it may: what a program printed last is there before the
    /// word that it is.
    fn take_output(&mut self, most: usize) {
        let mut taken = 0;
        let mut bytes = [0; 8192];
        // Taken before the read, so that what comes between an empty read and the clearing counts.
        let mut ready = self.terminal.readable().now_or_never().and_then(Result::ok);
        while self.is_terminal_open && taken < most {
            match rustix::io::read(self.terminal.get_ref(), &mut bytes) {
                Ok(0) | Err(Errno::AGAIN) => {
                    if let Some(ready) = &mut ready {
                        ready.clear_ready();
                    }
                    return;
                }
                Ok(count) => {
                    taken += count;
                    self.log.append(bytes.get(..count).unwrap_or_default());
                }
                Err(Errno::INTR) => {}
                // The program has closed its last descriptor of the terminal.
                Err(_) => self.is_terminal_open = false,
            }
        }
    }

    async fn check_output(&mut self) {
        if self.log.end() > self.settings.output_bytes() && self.asked.is_none() {
            self.stop(Cause::Output).await;
        }
    }

    fn write_input(&mut self) {
        let ready = self.terminal.writable().now_or_never().and_then(Result::ok);
        match rustix::io::write(self.terminal.get_ref(), &self.unwritten) {
            Ok(count) => self.unwritten.advance(count),
            Err(Errno::AGAIN) => {
                if let Some(mut ready) = ready {
                    ready.clear_ready();
                }
            }
            Err(Errno::INTR) => {}
            // Nobody is left to read it.
            Err(_) => self.unwritten.clear(),
        }
    }

    async fn end(mut self, ended: &Ended) {
        self.take_output(usize::MAX);
        let was = *self.state.borrow();
        let kind = match was {
            RunState::Running => Some(MarkKind::Script),
            // Its script was stopped, which is marked: there was no prompt.
            RunState::Prompt if self.was_asked_before_prompt => None,
            RunState::Prompt | RunState::Ended => Some(MarkKind::Prompt),
        };
        if let Some(kind) = kind {
            let end = End::seen(ended, self.asked, self.started.elapsed(), &self.settings);
            self.log.mark(Mark { kind, end });
        }
        if let Err(error) = self.leash.gone().await {
            tracing::warn!(run.id = %self.id, %error, "a leash did not end");
        }
        // The student decides how much there is to remove.
        let temporary = self.temporary;
        if let Err(error) = tokio::task::spawn_blocking(move || drop(temporary)).await {
            tracing::error!(%error, "a run's temporary folder could not be removed");
        }
        drop(self.permit);
        self.log.close();
        self.state.send_replace(RunState::Ended);
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types whose descriptor may change; an OwnedFd's does not"
)]
fn watch_terminal(terminal: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    AsyncFd::new(terminal)
}

async fn maybe_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
