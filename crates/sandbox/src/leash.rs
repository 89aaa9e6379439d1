//! The process that holds one program: starts it confined, watches its tree, ends all of it.
//!
//! The host starts the hidden command `pythonide leash` with three descriptors: 0 is the control
//! socket, 1 the program's terminal, 2 the socket of its runtime's events. On the control socket
//! travel JSON lines, [`Order`]s in and [`Report`]s out. When the control socket ends, the host is
//! gone, and the program goes too: nothing of a student's outlives the host that answers for it.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{
        Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, set_child_subreaper, wait,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    LayerError, Limits, Policy,
    confine::become_program,
    descendants::{self, Usage},
};

/// What the host tells a leash. The first order is always `Start`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Starts the program; answered by `Started` or `Failed`.
    Start(Box<Policy>),
    /// Interrupts every process of the program, as Ctrl-C does for those in the foreground.
    Interrupt,
    /// Ends every process of the program at once; answered by `Ended`.
    Kill,
}

/// What a leash tells the host. After `Failed` or `Ended` it is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The program is being executed, confined.
    Started,
    /// A layer could not be set up; nothing of the program has run.
    Failed(LayerError),
    /// The program and all it started are gone.
    Ended(Ended),
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How its first process ended.
    pub exit: Exit,
    /// The limit that the leash ended it for.
    pub limit: Option<Limit>,
    /// Processor time of the whole tree.
    pub cpu_ms: u64,
    /// The most memory of the whole tree that a look at it saw, or of one process if that is more.
    pub peak_memory_bytes: u64,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With this status.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// A limit that a leash watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// `Limits::cpu_seconds`.
    ProcessorTime,
    /// `Limits::memory_bytes`.
    Memory,
    /// `Limits::processes`.
    Processes,
}

/// Between two looks at a tree that works; one that waits is looked at less and less often.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Between two looks at a tree that waits.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(1);

/// Runs a leash on this process's descriptors, as described above. Does not return before its end.
///
/// # Errors
/// When the host's end of the control socket cannot be read or written.
pub fn run() -> io::Result<()> {
    crate::service::hide()?;
    let control = UnixStream::from(rustix::io::dup(rustix::stdio::stdin())?);
    let mut orders = Orders {
        control,
        unread: Vec::new(),
    };
    let Some(Order::Start(policy)) = orders.wait_for_first()? else {
        return Err(io::Error::other("the first order was not to start"));
    };
    set_child_subreaper(Some(rustix::process::getpid()))?;
    match start(&policy)? {
        Ok(child) => {
            orders.report(&Report::Started)?;
            let ended = hold(child, policy.limits, &mut orders)?;
            orders.report(&Report::Ended(ended))
        }
        Err(error) => orders.report(&Report::Failed(error)),
    }
}

/// Forks the program; tells how far it came once it is executing or has failed.
#[expect(unsafe_code, reason = "std's fork runs its own code in the child")]
fn start(policy: &Policy) -> io::Result<Result<Pid, LayerError>> {
    let own = rustix::process::getpid();
    let (mut failure, failure_end) = io::pipe()?;
    // SAFETY: this process has one thread, so the child may do all that its parent may.
    let child = match unsafe { libc::fork() } {
        -1 => return Err(io::Error::last_os_error()),
        0 => {
            let error = become_program(policy, own);
            let mut end = failure_end;
            // The parent reads this or is gone; there is nobody else to tell.
            let told = serde_json::to_writer(&mut end, &error).is_ok();
            std::process::exit(if told { 126 } else { 127 });
        }
        child => {
            Pid::from_raw(child).ok_or_else(|| io::Error::other("fork returned no process"))?
        }
    };
    drop(failure_end);
    // Closed by a successful exec, which leaves it empty.
    let mut told = Vec::new();
    failure.read_to_end(&mut told)?;
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(if told.is_empty() {
        Ok(child)
    } else {
        Err(serde_json::from_slice(&told)?)
    })
}

/// Watches the tree until its first process has ended or it must be ended, and ends all of it.
fn hold(child: Pid, limits: Limits, orders: &mut Orders) -> io::Result<Ended> {
    let alive = pidfd_open(child, PidfdFlags::empty())?;
    let mut watch = Watch {
        limits,
        peak: Usage::default(),
        last_cpu_ms: 0,
        used_cpu_ms: 0,
        pause: LOOK_EVERY,
    };
    let watched = watch_until_over(child, &mut watch, orders, &alive);
    // Whatever went wrong, nothing of the program stays.
    let exit = end_all(child)?;
    let reaped = Reaped::now();
    let limit = watched?.or_else(|| by_kernel(exit, limits, &reaped));
    Ok(Ended {
        exit,
        limit,
        cpu_ms: reaped.cpu_ms.max(watch.used_cpu_ms),
        peak_memory_bytes: watch.peak.memory_bytes.max(reaped.largest_bytes),
    })
}

/// Returns when the tree must be ended, with the limit that it is over, if that is why.
fn watch_until_over(
    child: Pid,
    watch: &mut Watch,
    orders: &mut Orders,
    alive: &OwnedFd,
) -> io::Result<Option<Limit>> {
    loop {
        let next_look = Instant::now() + watch.pause;
        let woken = wait_until(next_look, orders, alive)?;
        if woken.program_ended {
            return Ok(None);
        }
        if woken.orders {
            match orders.read()? {
                Some(Order::Kill) | None => return Ok(None),
                Some(Order::Interrupt) => descendants::signal_all(Signal::INT),
                Some(Order::Start(_)) => return Err(io::Error::other("started twice")),
            }
        }
        reap(child)?;
        if let Some(limit) = watch.look() {
            return Ok(Some(limit));
        }
    }
}

/// The kernel ends a process by itself at its own limit of processor time, between two looks.
fn by_kernel(exit: Exit, limits: Limits, reaped: &Reaped) -> Option<Limit> {
    let ended = matches!(exit, Exit::Signal(libc::SIGXCPU | libc::SIGKILL));
    (ended && reaped.cpu_ms >= limits.cpu_seconds * 1000).then_some(Limit::ProcessorTime)
}

struct Watch {
    limits: Limits,
    peak: Usage,
    last_cpu_ms: u64,
    /// Never falls: a child that nobody waits for takes its time along when it ends.
    used_cpu_ms: u64,
    pause: Duration,
}

impl Watch {
    /// Looks at the tree; returns the limit it is over.
    fn look(&mut self) -> Option<Limit> {
        let now = descendants::usage();
        let cpu_ms = now.cpu_ms + Reaped::now().cpu_ms;
        self.peak.memory_bytes = self.peak.memory_bytes.max(now.memory_bytes);
        self.pause = if cpu_ms == self.last_cpu_ms {
            (self.pause * 2).min(LOOK_AT_LEAST_EVERY)
        } else {
            LOOK_EVERY
        };
        self.used_cpu_ms += cpu_ms.saturating_sub(self.last_cpu_ms);
        self.last_cpu_ms = cpu_ms;
        if self.used_cpu_ms >= self.limits.cpu_seconds * 1000 {
            Some(Limit::ProcessorTime)
        } else if now.memory_bytes > self.limits.memory_bytes {
            Some(Limit::Memory)
        } else if now.tasks > self.limits.processes {
            Some(Limit::Processes)
        } else {
            None
        }
    }
}

struct Woken {
    program_ended: bool,
    orders: bool,
}

fn wait_until(time: Instant, orders: &Orders, alive: &OwnedFd) -> io::Result<Woken> {
    if orders.has_line() {
        return Ok(Woken {
            program_ended: false,
            orders: true,
        });
    }
    let mut waiting = [
        PollFd::from_borrowed_fd(orders.control.as_fd(), PollFlags::IN),
        PollFd::from_borrowed_fd(alive.as_fd(), PollFlags::IN),
    ];
    let pause = time.saturating_duration_since(Instant::now());
    let pause = Timespec::try_from(pause).map_err(io::Error::other)?;
    match poll(&mut waiting, Some(&pause)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let woken = |index: usize| {
        waiting
            .get(index)
            .is_some_and(|fd| !fd.revents().is_empty())
    };
    Ok(Woken {
        program_ended: woken(1),
        orders: woken(0),
    })
}

/// Collects orphans of the tree that have ended, but not the program itself.
fn reap(child: Pid) -> io::Result<()> {
    for pid in descendants::own_children() {
        if pid != child {
            rustix::process::waitpid(Some(pid), WaitOptions::NOHANG)?;
        }
    }
    Ok(())
}

/// Ends the whole tree and waits until it is gone.
fn end_all(child: Pid) -> io::Result<Exit> {
    // Stopped first, so that nothing forks while the list of those to be killed is made.
    let mut stopped = 0;
    loop {
        let alive = descendants::list().len();
        descendants::signal_all(Signal::STOP);
        if alive <= stopped {
            break;
        }
        stopped = alive;
    }
    let mut exit = None;
    loop {
        descendants::signal_all(Signal::KILL);
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == child => exit = Some(exit_of(status)),
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::CHILD) => break,
            Err(error) => return Err(error.into()),
        }
    }
    exit.ok_or_else(|| io::Error::other("the program ended unseen"))
}

fn exit_of(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(libc::SIGKILL)),
    }
}

/// What the processes that were waited for have used, with all that they had waited for.
struct Reaped {
    cpu_ms: u64,
    largest_bytes: u64,
}

impl Reaped {
    #[expect(unsafe_code, reason = "rustix has no getrusage")]
    #[expect(clippy::cast_sign_loss, reason = "the kernel never counts below zero")]
    fn now() -> Self {
        // SAFETY: zero is a value of this struct of numbers, and the call fills it.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage);
            usage
        };
        let ms = |time: libc::timeval| (time.tv_sec * 1000 + time.tv_usec / 1000) as u64;
        Self {
            cpu_ms: ms(usage.ru_utime) + ms(usage.ru_stime),
            largest_bytes: usage.ru_maxrss as u64 * 1024,
        }
    }
}

/// The control socket, seen from the leash.
struct Orders {
    control: UnixStream,
    unread: Vec<u8>,
}

impl Orders {
    fn wait_for_first(&mut self) -> io::Result<Option<Order>> {
        while !self.has_line() {
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
        self.read()
    }

    fn has_line(&self) -> bool {
        self.unread.contains(&b'\n')
    }

    /// The next order, of which at least a part has come; `None` when the host is gone.
    fn read(&mut self) -> io::Result<Option<Order>> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 4096];
        let count = self.control.read(&mut bytes)?;
        self.unread
            .extend_from_slice(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn report(&mut self, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        match self.control.write_all(&line) {
            // The host is gone, and the program with it: nobody is left to be told.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}
