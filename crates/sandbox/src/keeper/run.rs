//! One program in the keeper's hands, from the order to start it until nothing of it is left.

use std::{
    io,
    os::fd::OwnedFd,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use serde::Deserialize;

use super::{
    Ended, Exit, Limit, becoming,
    census::Known,
    effort::{Effort, times_for},
    exact::{Exact, Measured},
    family::{Family, tag_of},
    forks::ForkBomb,
    held::{Held, Owner},
    memory,
    priority::Priority,
    usage::Usage,
    zygote::{Baseline, Parked},
};
use crate::{LayerError, Policy, inspect, landlock::Places, packets, private::SharedMemory};

/// How long a child may take to confine itself, also on a machine with much to do.
const CONFINED_WITHIN: Duration = Duration::from_secs(10);
/// Between two tries to end what does not end at once: it may be in the middle of a system call.
const END_AGAIN: Duration = Duration::from_millis(2);
const END_AGAIN_AT_MOST: Duration = Duration::from_millis(500);
/// How often the host is told at most that a program works.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// Asks the interpreter to end in order (`ending.py`). Linux itself never sends it.
const TERMINATE: Signal = Signal::STKFLT;
/// How long a program without processor time left may take to write out its files, also where others have the processor.
const WRITE_OUT_TIMEOUT: Duration = Duration::from_secs(1);

/// What a child answers, in this order: `Confined` and then nothing, or `Failed`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Confined,
    Failed(LayerError),
}

/// A program to start.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) run: u64,
    pub(super) policy: Box<Policy>,
    pub(super) instead_of: Option<u64>,
    /// The terminal and the socket of its events.
    pub(super) descriptors: [OwnedFd; 2],
    pub(super) due: Instant,
}

/// A program.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) instead_of: Option<u64>,
    pub(super) tag: u64,
    pub(super) pid: Pid,
    alive: OwnedFd,
    policy: Box<Policy>,
    pub(super) baseline: Baseline,
    memory: Option<Arc<SharedMemory>>,
    state: State,
    peak_bytes: u64,
    exact_memory: Exact,
    exact_nameless: Exact,
    fork_bomb: ForkBomb,
    exit: Option<Exit>,
    /// What its first process had used, with all it had waited for, once that has ended.
    exit_cpu_ms: u64,
    limit: Option<Limit>,
    /// When its processor time was used up and it was asked to write out its files.
    terminated: Option<Instant>,
    /// Whether the keeper made it end.
    was_made_to_end: bool,
    has_failed: bool,
    last_cpu_ms: u64,
    /// When it was last told that it works.
    told_working: Option<Instant>,
    priority: Priority,
}

#[derive(Debug)]
enum State {
    /// Confines itself, and says so on this socket.
    Confining {
        socket: OwnedFd,
        due: Instant,
    },
    /// Is confined, as the kernel has told, and waits for leave.
    Confined {
        socket: OwnedFd,
        due: Instant,
    },
    Running,
    Ending {
        again: Instant,
        pause: Duration,
        /// The processes that were told.
        told: Vec<Pid>,
    },
}

impl Run {
    /// Tells a child of a zygote to become the program that waits; it can reach what `everybody` can, and what
    /// its policy says.
    pub(super) fn begin(
        waiting: &Waiting,
        parked: Parked,
        baseline: Baseline,
        everybody: &Places,
    ) -> Result<Self, LayerError> {
        let policy = waiting.policy.clone();
        let alive = pidfd_open(parked.pid, PidfdFlags::empty())
            .map_err(|cause| LayerError::new("zygote", &io::Error::from(cause)))?;
        becoming::tell(waiting, &parked, baseline, everybody)?;
        Ok(Self {
            number: waiting.run,
            instead_of: waiting.instead_of,
            tag: parked.tag,
            pid: parked.pid,
            alive,
            baseline,
            memory: parked.memory,
            state: State::Confining {
                socket: parked.socket,
                due: Instant::now() + CONFINED_WITHIN,
            },
            peak_bytes: 0,
            exact_memory: Exact::new(times_for(policy.limits.memory_bytes)),
            exact_nameless: Exact::new(1),
            fork_bomb: ForkBomb::default(),
            exit: None,
            exit_cpu_ms: 0,
            limit: None,
            terminated: None,
            was_made_to_end: false,
            has_failed: false,
            last_cpu_ms: 0,
            told_working: None,
            priority: Priority::new(parked.tag, policy.identity),
            policy,
        })
    }

    /// What to wait on: the child's answer, or the end of the process.
    pub(super) fn descriptor(&self) -> Option<&OwnedFd> {
        match &self.state {
            State::Confining { socket, .. } => Some(socket),
            State::Confined { .. } | State::Running => Some(&self.alive),
            // Of a process that was waited for it would tell so again and again.
            State::Ending { .. } => Some(&self.alive).filter(|_| self.exit.is_none()),
        }
    }

    pub(super) fn is_confining(&self) -> bool {
        matches!(self.state, State::Confining { .. })
    }

    /// Whether it only waits for leave to run what the student wrote.
    pub(super) fn is_confined(&self) -> bool {
        matches!(self.state, State::Confined { .. })
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running)
    }

    pub(super) fn is_ending(&self) -> bool {
        matches!(self.state, State::Ending { .. })
    }

    /// Hears that the child has confined itself, and asks the kernel whether it is so.
    pub(super) fn hear(&mut self) -> Result<(), LayerError> {
        let state = std::mem::replace(&mut self.state, State::Running);
        let State::Confining { socket, due } = state else {
            self.state = state;
            return Ok(());
        };
        let answer = packets::receive(&socket);
        self.state = State::Confined { socket, due };
        let failed = |cause: &dyn ToString| Err(LayerError::new("zygote", &cause.to_string()));
        match answer {
            Ok(Some((Answer::Confined, _))) => self.inspect(),
            Ok(Some((Answer::Failed(error), _))) => Err(error),
            Ok(None) => failed(&"the child has ended"),
            Err(error) => failed(&error),
        }
    }

    /// Lets it run what the student wrote.
    pub(super) fn let_go(&mut self) {
        if let State::Confined { socket, .. } = &self.state {
            // A child that is gone hears nothing; its end is noticed as ever.
            let _ = packets::send(socket, &"go", &[]);
            self.state = State::Running;
        }
    }

    fn inspect(&self) -> Result<(), LayerError> {
        inspect::is_confined(self.pid, self.policy.identity, self.memory.as_deref())?;
        if tag_of(self.pid) == Some(self.tag) {
            Ok(())
        } else {
            Err(LayerError::new("tag", &"the process does not carry it"))
        }
    }

    /// When it must have answered, or is to be ended again.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.state {
            State::Confining { due, .. } | State::Confined { due, .. } => Some(due),
            State::Running => None,
            State::Ending { again, .. } => Some(again),
        }
    }

    /// Interrupts all of it.
    pub(super) fn interrupt(&self, family: &mut Family) {
        family.signal_all(self.tag, Signal::INT);
    }

    /// Asks its first process to write out its files and end.
    pub(super) fn terminate(&mut self, family: &mut Family) {
        self.was_made_to_end = true;
        match self.state {
            // One that has ended was waited for: its number may be another's.
            State::Running if self.exit.is_none() => {
                let _ = rustix::process::kill_process(self.pid, TERMINATE);
            }
            _ => self.end(family),
        }
    }

    /// Ends all of it; comes to its end over the next calls of [`Self::is_gone`].
    pub(super) fn end(&mut self, family: &mut Family) {
        if self.is_ending() {
            return;
        }
        self.was_made_to_end |= self.exit.is_none();
        let told = family.kill_all(self.tag);
        // It has no tag yet if it has only just been forked.
        if self.exit.is_none() {
            let _ = rustix::process::kill_process(self.pid, Signal::KILL);
        }
        self.state = State::Ending {
            told,
            again: Instant::now() + END_AGAIN,
            pause: END_AGAIN,
        };
    }

    /// Ends all of it, because the host's memory runs out, of which it held so many bytes.
    pub(super) fn end_for_host_memory(&mut self, bytes: u64, family: &mut Family) {
        self.limit = self.limit.or(Some(Limit::HostMemory));
        self.peak_bytes = self.peak_bytes.max(bytes);
        self.end(family);
    }

    /// Whether none of it will do anything more: a process that was killed runs no further instruction and
    /// forks no more, though the kernel may need a while to take it down.
    pub(super) fn is_doomed(&self, family: &mut Family) -> bool {
        match &self.state {
            State::Ending { told, .. } => {
                let left = family.of(self.tag);
                left.iter().all(|pid| told.contains(pid))
            }
            _ => false,
        }
    }

    /// Ends one that did not become a program.
    pub(super) fn fail(&mut self, family: &mut Family) {
        self.has_failed = true;
        self.end(family);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Takes note of how its first process ended.
    pub(super) fn first_ended(&mut self, pid: Pid, exit: Exit, cpu_ms: u64) -> bool {
        let is_it = pid == self.pid && self.exit.is_none();
        if is_it {
            self.exit = Some(exit);
            self.exit_cpu_ms = cpu_ms;
        }
        is_it
    }

    /// Whether nothing is left of a run that is being ended; what is left is ended again.
    pub(super) fn is_gone(&mut self, family: &mut Family) -> bool {
        let State::Ending { again, pause, told } = &mut self.state else {
            return false;
        };
        if self.exit.is_some() && !family.has(self.tag) {
            return true;
        }
        if *again <= Instant::now() {
            *told = family.kill_all(self.tag);
            *again = Instant::now() + *pause;
            *pause = (*pause * 2).min(END_AGAIN_AT_MOST);
        }
        false
    }

    /// Compares what it uses with what it may; ends it when that is too much. Returns whether it works.
    pub(super) fn check(&mut self, usage: Usage, effort: &mut Effort, family: &mut Family) -> bool {
        let is_busy = usage.cpu_ms != self.last_cpu_ms;
        self.last_cpu_ms = usage.cpu_ms;
        let limits = self.policy.limits;
        if usage.memory_bytes <= limits.memory_bytes {
            self.peak_bytes = self.peak_bytes.max(usage.memory_bytes);
        }
        if !matches!(self.state, State::Running) {
            return is_busy;
        }
        let is_fork_bomb = self
            .fork_bomb
            .look(usage.births, usage.tasks, limits.processes);
        // Processor time comes last, so that the others hold also while it writes out its files.
        let limit = if is_fork_bomb {
            Some(Limit::Forks)
        } else if self.has_too_much_memory(&usage, effort, family) {
            Some(Limit::Memory)
        } else if usage.tasks > limits.processes {
            Some(Limit::Processes)
        } else if self.has_too_much_without_a_name(&usage, effort, family) {
            Some(Limit::NamelessFiles)
        } else if usage.cpu_ms + usage.charged_ms >= limits.cpu_seconds * 1000 {
            Some(Limit::ProcessorTime)
        } else {
            None
        };
        self.limit = self.limit.or(limit);
        match (limit, self.terminated) {
            (None, _) => self.priority.lower_by_use(&usage, family),
            (Some(Limit::ProcessorTime), None) => {
                self.terminated = Some(Instant::now());
                self.terminate(family);
            }
            (Some(Limit::ProcessorTime), Some(at)) if at.elapsed() < WRITE_OUT_TIMEOUT => {}
            (Some(_), _) => self.end(family),
        }
        is_busy
    }

    /// When it was measured exactly.
    pub(super) fn was_measured(&self) -> Option<Instant> {
        self.exact_memory.at().max(self.exact_nameless.at())
    }

    /// Lowers the priority of a program of many processes; before all else is measured, for they leave little time for that.
    pub(super) fn glance(&mut self, family: &mut Family) {
        if matches!(self.state, State::Running) {
            self.priority.lower_if_many(family);
        }
    }

    /// Takes note that a child has ended, if that lowered this program's priority.
    pub(super) fn was_lowered(&mut self, child: Pid, exit: Exit) -> bool {
        self.priority.was_lowered(child, exit)
    }

    fn has_too_much_memory(
        &mut self,
        usage: &Usage,
        effort: &mut Effort,
        family: &mut Family,
    ) -> bool {
        let most = self.policy.limits.memory_bytes;
        let owner = owner(&self.policy, self.memory.as_deref());
        let quick = usage.quick(usage.memory_bytes);
        let measured = self.exact_memory.measure(quick, most, effort, |patience| {
            let bytes = memory::exact(&family.of(self.tag), owner, patience)?;
            Some(bytes + usage.kernel_bytes)
        });
        if let Some(Measured::Bytes(bytes)) = measured {
            self.peak_bytes = self.peak_bytes.max(bytes);
        }
        measured.is_some_and(|measured| measured.is_more_than(most))
    }

    fn has_too_much_without_a_name(
        &mut self,
        usage: &Usage,
        effort: &mut Effort,
        family: &mut Family,
    ) -> bool {
        let limits = self.policy.limits;
        let owner = owner(&self.policy, self.memory.as_deref());
        let (most, of_a_file) = (limits.nameless_bytes, limits.file_bytes);
        let quick = usage.quick(usage.nameless_bytes(of_a_file));
        let measured = self
            .exact_nameless
            .measure(quick, most, effort, |patience| {
                let held = Held::all_of(&family.of(self.tag), owner, patience)?;
                Some(held.nameless_bytes(of_a_file))
            });
        measured.is_some_and(|measured| measured.is_more_than(most))
    }

    /// Whether it is time to tell that it works.
    pub(super) fn is_to_be_told(&mut self) -> bool {
        let is_due = self
            .told_working
            .is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if is_due {
            self.told_working = Some(Instant::now());
        }
        is_due
    }

    /// Its own `/dev/shm`, if it has one.
    pub(super) fn memory(&self) -> Option<Arc<SharedMemory>> {
        self.memory.clone()
    }

    /// What a look at it must know.
    pub(super) fn known(&self) -> Known<'_> {
        Known {
            first: self.pid,
            shared_bytes: self.baseline.memory_bytes,
            owner: owner(&self.policy, self.memory.as_deref()),
        }
    }

    /// How it ended; `usage` is what was last seen of it.
    pub(super) fn result(&self, usage: Usage) -> Ended {
        let exit = self.exit.unwrap_or(Exit::Signal(libc::SIGKILL));
        let cpu_ms = usage.cpu_ms.max(self.exit_cpu_ms);
        // The kernel ends a process at its own limit of processor time, between two checks. It counts whole ticks, and
        // the measured time is up to a few percent shorter.
        let by_kernel = match exit {
            Exit::Signal(libc::SIGXCPU) => true,
            Exit::Signal(libc::SIGKILL) => {
                !self.was_made_to_end && cpu_ms >= self.policy.limits.cpu_seconds * 900
            }
            Exit::Signal(_) | Exit::Code(_) => false,
        };
        Ended {
            exit,
            limit: self.limit.or(by_kernel.then_some(Limit::ProcessorTime)),
            cpu_ms,
            peak_memory_bytes: self.peak_bytes,
        }
    }
}

fn owner<'a>(policy: &'a Policy, memory: Option<&'a SharedMemory>) -> Owner<'a> {
    Owner {
        memory,
        user: policy.identity.map(|identity| identity.uid),
        places: &policy.writable,
    }
}
