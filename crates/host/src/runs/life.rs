//! The task of a run: it owns the program's place, terminal and events, from its start to its end.

use std::{io, os::fd::OwnedFd, sync::Arc, time::Duration};

use bytes::{Buf, Bytes};
use futures::FutureExt as _;
use pythonide_sandbox::keeper::{Ended, Exit};
use rustix::{
    io::Errno,
    net::{SendFlags, send},
};
use tokio::{
    io::unix::{AsyncFd, AsyncFdReadyGuard},
    net::{UnixStream, unix::OwnedWriteHalf},
    sync::{mpsc, watch},
    task::coop::consume_budget,
    time::{Instant, sleep_until},
};

use super::{
    Cause, End, House, Mark, Plot, Program, RunState,
    admission::Permit,
    disk::DiskWatch,
    keeper::Held,
    pace::Pace,
    plots::{MAX_BYTES, MAX_PLOTS},
    temporary::TemporaryFolder,
    told::{ScriptEnded, Told},
};
use crate::files::Owner;

/// How long a script that is stopped may take to clean up after itself.
const GRACE: Duration = Duration::from_millis(300);
/// How long a program may take to write out its files and run its exit handlers.
const TERMINATION_TIMEOUT: Duration = Duration::from_millis(500);
/// Between two requests to end. An interpreter that gets one while it makes its prompt ready may notice it only with the
/// next.
const TERMINATION_INTERVAL: Duration = Duration::from_millis(20);
/// How long a program waits for a screen that shows nothing.
const SLOW_READER: Duration = Duration::from_secs(10);
/// More than a terminal holds: all that was printed before a script told its end.
const LAST_OUTPUT: usize = 256 << 10;
/// The most that is read from the terminal before anything else has its turn.
const READ_AT_ONCE: usize = 64 << 10;

/// The task of a run.
pub(super) struct Life {
    pub(super) house: Arc<House>,
    pub(super) owner: Owner,
    pub(super) program: Arc<Program>,
    pub(super) state: watch::Sender<RunState>,
    pub(super) held: Held,
    pub(super) terminal: AsyncFd<Arc<OwnedFd>>,
    /// The program's end is held here too: where nobody has it open, what is printed next is not heard.
    pub(super) slave: OwnedFd,
    pub(super) is_terminal_open: bool,
    pub(super) pace: Pace,
    /// When more may be read of what it prints.
    pub(super) next_read: Instant,
    pub(super) told: mpsc::Receiver<Told>,
    pub(super) is_told_open: bool,
    /// `None` once nothing more is heard, so that whoever waits for an answer does not.
    pub(super) acknowledge: Option<OwnedWriteHalf>,
    pub(super) stops: mpsc::Receiver<Cause>,
    pub(super) inputs: mpsc::Receiver<Bytes>,
    pub(super) unwritten: Bytes,
    pub(super) hints_left: u32,
    pub(super) told_bytes: u64,
    /// Figures for which there was no room.
    pub(super) refused_plots: u64,
    pub(super) asked: Option<Cause>,
    pub(super) was_asked_before_prompt: bool,
    /// When a program that was asked to end is ended by force.
    pub(super) kill_at: Option<Instant>,
    /// The next way to end it, and when that is due.
    pub(super) next_force: Option<(Instant, Force)>,
    pub(super) full_since: Option<Instant>,
    pub(super) alone_since: Instant,
    pub(super) started: Instant,
    pub(super) disk: DiskWatch,
    pub(super) temporary: TemporaryFolder,
    pub(super) permit: Permit,
}

/// How a program is made to end, when it was asked and has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// Its interpreter writes out its files and leaves.
    Terminate,
    /// The kernel ends all of its processes.
    Kill,
}

/// What a run's task wakes up for.
enum Event {
    Stop(Cause),
    Ended(Option<Ended>),
    Told(Option<Told>),
    Printed,
    Typed(Bytes),
    CanWrite,
    ReadersChanged,
    ForceIsDue(Force),
    ReaderIsSlow,
    DiskIsFull,
    IsIdle,
}

impl Life {
    /// Lives until the program is gone.
    pub(super) async fn live(mut self) {
        let ended = loop {
            // A terminal that is always ready asks nobody for leave: without this, one flood would keep a thread
            // to itself, and with it all that this thread should hear of.
            consume_budget().await;
            match self.next_event().await {
                Event::Stop(cause) => self.stop(cause).await,
                Event::Ended(Some(ended)) => break ended,
                Event::Ended(None) => {
                    self.asked.get_or_insert(Cause::HostLost);
                    break Ended {
                        exit: Exit::Signal(9),
                        limit: None,
                        cpu_ms: 0,
                        peak_memory_bytes: 0,
                    };
                }
                Event::Told(told) => self.hear(told).await,
                Event::Printed => {
                    let taken = self.take_output(READ_AT_ONCE);
                    if self.house.admission.is_shared() {
                        let (turns, now) = (&self.house.turns, Instant::now());
                        self.next_read = self.pace.took(taken as u64, turns, now);
                    }
                    self.check_output().await;
                }
                Event::Typed(bytes) => self.unwritten = bytes,
                Event::CanWrite => self.write_input(),
                Event::ReadersChanged => {}
                Event::ForceIsDue(Force::Terminate) => self.terminate().await,
                Event::ForceIsDue(Force::Kill) => self.kill().await,
                Event::ReaderIsSlow => self.program.log.leave_slow_readers_behind(),
                Event::DiskIsFull => self.stop(Cause::Disk).await,
                Event::IsIdle => self.stop(Cause::Idle).await,
            }
        };
        self.end(&ended).await;
    }

    async fn next_event(&mut self) -> Event {
        // Before the look at the log, so that no change after it is missed.
        let mut changes = self.program.log.changes();
        let has_room = self.program.log.has_room();
        self.full_since = if has_room {
            None
        } else {
            self.full_since.or(Some(Instant::now()))
        };
        if self.program.log.has_readers() || *self.state.borrow() != RunState::Prompt {
            self.alone_since = Instant::now();
        }
        let slow_at = self.full_since.map(|since| since + SLOW_READER);
        let idle_at =
            self.alone_since + Duration::from_secs(self.house.launcher.settings.idle_minutes * 60);
        let is_alone = *self.state.borrow() == RunState::Prompt && !self.program.log.has_readers();
        tokio::select! {
            biased;
            Some(cause) = self.stops.recv() => Event::Stop(cause),
            ended = self.held.ended() => Event::Ended(ended),
            force = due(self.next_force) => Event::ForceIsDue(force),
            told = self.told.recv(), if self.is_told_open => Event::Told(told),
            Ok(mut ready) = self.terminal.writable(), if !self.unwritten.is_empty() => {
                ready.retain_ready();
                Event::CanWrite
            }
            Some(bytes) = self.inputs.recv(), if self.unwritten.is_empty() => Event::Typed(bytes),
            Ok(mut ready) = readable_from(&self.terminal, self.next_read), if has_room && self.is_terminal_open && self.asked != Some(Cause::Output) => {
                ready.retain_ready();
                Event::Printed
            }
            Ok(()) = changes.changed() => Event::ReadersChanged,
            () = maybe_until(slow_at) => Event::ReaderIsSlow,
            () = self.disk.exceeded(), if !matches!(self.asked, Some(Cause::Disk | Cause::HostLost)) => Event::DiskIsFull,
            () = sleep_until(idle_at), if is_alone => Event::IsIdle,
        }
    }

    async fn stop(&mut self, cause: Cause) {
        let is_first = self.asked.is_none();
        self.asked.get_or_insert(cause);
        match cause {
            // Nothing may be written any more: another host may have the files, or there is no room for more.
            Cause::HostLost | Cause::Disk => self.kill().await,
            // It is on its way.
            _ if !is_first => {}
            Cause::Stopped if *self.state.borrow() == RunState::Running => {
                self.next_force = Some((Instant::now() + GRACE, Force::Terminate));
                let interrupted = self.held.interrupt().await;
                self.note(interrupted);
            }
            _ => self.terminate().await,
        }
    }

    /// Asks for an orderly end, again until it comes or its time is over.
    async fn terminate(&mut self) {
        let now = Instant::now();
        let kill_at = *self.kill_at.get_or_insert(now + TERMINATION_TIMEOUT);
        let again = now + TERMINATION_INTERVAL;
        self.next_force = Some(if again < kill_at {
            (again, Force::Terminate)
        } else {
            (kill_at, Force::Kill)
        });
        let terminated = self.held.terminate().await;
        self.note(terminated);
    }

    async fn kill(&mut self) {
        self.next_force = None;
        let killed = self.held.kill().await;
        self.note(killed);
    }

    fn note(&self, ordered: io::Result<()>) {
        if let Err(error) = ordered {
            // Its reports end too, and that ends the run.
            tracing::warn!(run.id = %self.program.id, %error, "the keeper takes no orders");
        }
    }

    /// Hears what the runtime tells, and marks the place in the output.
    async fn hear(&mut self, told: Option<Told>) {
        let Some(told) = told.filter(|_| *self.state.borrow() != RunState::Ended) else {
            // Closed, or nonsense of the student's own: there is nothing more to hear.
            self.is_told_open = false;
            self.acknowledge = None;
            return;
        };
        self.take_output(LAST_OUTPUT);
        let mut line = Vec::new();
        match told {
            Told::Hint(text) => {
                // Counts as output, of which there may be more than anybody wants to keep explained.
                self.told_bytes += text.len() as u64;
                if self.hints_left > 0 {
                    self.hints_left -= 1;
                    self.program.log.mark(Mark::Hint(text));
                }
                self.check_output().await;
            }
            Told::Plot { media_type, bytes } => {
                let plot = Plot {
                    media_type: media_type.clone(),
                    bytes,
                };
                if let Some(number) = self.program.plots.add(plot) {
                    self.program.log.mark(Mark::Plot { number, media_type });
                } else {
                    self.refused_plots += 1;
                    if self.refused_plots == 1 {
                        self.program.log.mark(Mark::Hint(too_many_plots()));
                    }
                }
            }
            Told::ScriptEnded(ended) => {
                if *self.state.borrow() == RunState::Running {
                    self.script_ended(&ended).await;
                }
            }
            Told::Input => line = self.program.log.current_line(),
        }
        // It is to end without a prompt, which it would print when it is answered.
        if self.was_asked_before_prompt {
            return;
        }
        // The runtime reads each answer before it tells more. Whoever leaves so many unread that there is no room for one
        // is not the runtime, and is not waited for.
        line.push(b'\n');
        let answer = |end: &OwnedWriteHalf| {
            let stream: &UnixStream = end.as_ref();
            send(stream, &line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
        };
        if self
            .acknowledge
            .as_ref()
            .is_some_and(|end| answer(end).is_err())
        {
            self.is_told_open = false;
            self.acknowledge = None;
        }
    }

    async fn script_ended(&mut self, told: &ScriptEnded) {
        let end = End::told(
            told,
            self.asked,
            self.started.elapsed(),
            &self.house.launcher.settings,
        );
        self.house.quotas.forget(&self.owner);
        // Before anybody reads that the script is over: the next may be started then.
        self.state.send_replace(RunState::Prompt);
        self.house.script_is_over(&self.owner, &self.program, end);
        self.was_asked_before_prompt = self.asked.is_some();
        if self.was_asked_before_prompt {
            self.terminate().await;
        }
    }

    /// Moves what was printed into the log, up to `most` bytes, or all that is there; returns how much.
    ///
    /// Reads without asking tokio whether it may: what a program printed last is there before the
    /// word that it is.
    fn take_output(&mut self, most: usize) -> usize {
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
                    return taken;
                }
                Ok(count) => {
                    taken += count;
                    self.program
                        .log
                        .append(bytes.get(..count).unwrap_or_default());
                }
                Err(Errno::INTR) => {}
                // Not while its other end is held: this system's terminals do something unheard of.
                Err(error) => {
                    tracing::error!(run.id = %self.program.id, %error, "the terminal cannot be read");
                    self.is_terminal_open = false;
                }
            }
        }
        taken
    }

    async fn check_output(&mut self) {
        if self.program.log.end() + self.told_bytes > self.house.launcher.settings.output_bytes()
            && self.asked.is_none()
        {
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
            Err(error) => {
                tracing::error!(run.id = %self.program.id, %error, "the terminal cannot be written");
                self.unwritten.clear();
            }
        }
    }

    async fn end(mut self, ended: &Ended) {
        self.take_output(usize::MAX);
        // While it is open, the user's next program could open the other end by its name.
        drop((self.terminal, self.slave));
        let was = *self.state.borrow();
        let end = End::seen(
            ended,
            self.asked,
            self.started.elapsed(),
            &self.house.launcher.settings,
        );
        match was {
            RunState::Running | RunState::Queued(_) => {
                self.state.send_replace(RunState::Ending);
                self.house.script_is_over(&self.owner, &self.program, end);
            }
            // Its script was stopped, which is marked: there was no prompt.
            RunState::Prompt if self.was_asked_before_prompt => {}
            RunState::Prompt | RunState::Ending | RunState::Ended => {
                self.program.log.mark(Mark::PromptEnded(end));
            }
        }
        self.house.quotas.forget(&self.owner);
        // The student decides how much there is to remove.
        let temporary = self.temporary;
        if let Err(error) = tokio::task::spawn_blocking(move || drop(temporary)).await {
            tracing::error!(%error, "a run's temporary folder could not be removed");
        }
        drop(self.permit);
        self.program.plots.are_all();
        self.program.log.close();
        self.house.keep_output(self.owner, self.program);
        self.state.send_replace(RunState::Ended);
    }
}

fn too_many_plots() -> String {
    format!(
        "This figure is not shown: a run shows at most {MAX_PLOTS} figures, or {} MB of them, and fewer while others show \
         many. plt.savefig(\"figure.png\") keeps one as a file.",
        MAX_BYTES >> 20
    )
}

async fn readable_from(
    terminal: &AsyncFd<Arc<OwnedFd>>,
    time: Instant,
) -> io::Result<AsyncFdReadyGuard<'_, Arc<OwnedFd>>> {
    if time > Instant::now() {
        sleep_until(time).await;
    }
    terminal.readable().await
}

/// Returns the force once it is due.
async fn due(force: Option<(Instant, Force)>) -> Force {
    match force {
        Some((at, force)) => {
            sleep_until(at).await;
            force
        }
        None => std::future::pending().await,
    }
}

async fn maybe_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
