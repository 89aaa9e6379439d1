//! Warm interpreters, and their children that wait to become programs.
//!
//! A zygote has imported what programs need and forks when told to. Its children are the keeper's (it
//! clones them with the keeper as their parent), so a zygote that dies takes no program along, and it
//! is replaced without one noticing. A few children are made ahead and wait, each on a socket of its
//! own, to be told what to become.

use std::{
    collections::VecDeque,
    io,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Signal, kill_process, set_parent_process_death_signal},
    thread::{CapabilitySet, capabilities, configure_capability_in_ambient_set, set_capabilities},
};
use serde::{Deserialize, Serialize};

use super::{Equipment, PoolState, family::Tags, memory, system::say};
use crate::{
    LayerError, Warmth, identity, packets,
    private::{self, SharedMemory},
    pty, seccomp,
};

/// How long a zygote may take to import its packages.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// How long it may take to fork, also on a machine with much to do.
const FORK_WITHIN: Duration = Duration::from_secs(5);
/// A fork takes as long as a small program: one that has just begun need not share the processors with the
/// making of the next child.
const REST: Duration = Duration::from_millis(10);
/// Between two tries with a zygote that does not become ready; doubled each time, up to a minute.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// The keeper's first message to a zygote.
#[derive(Debug, Serialize)]
struct Beginning<'a> {
    /// Filters for itself and its children, in hexadecimal.
    inherited: [String; 2],
    /// A filter for each child, when it has its tag.
    own: String,
    /// Modules to import.
    packages: &'a [String],
}

/// What a zygote tells.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// It can fork.
    Ready,
    /// It has forked.
    Child(i32),
}

/// A child that waits.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) pid: Pid,
    /// Which it has before it waits.
    pub(super) tag: u64,
    pub(super) socket: OwnedFd,
    /// Its own `/dev/shm`, where the kernel lets the keeper make one.
    pub(super) memory: Option<Arc<SharedMemory>>,
}

/// What a process of a zygote's kind has before it does anything.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Baseline {
    /// What counts toward `RLIMIT_DATA`, in bytes.
    pub(super) data_bytes: u64,
    /// Memory that is shared with the zygote until it is written to, in bytes.
    pub(super) memory_bytes: u64,
}

/// One kind of zygote and its children.
#[derive(Debug)]
pub(super) struct Zygote {
    pub(super) warmth: Warmth,
    /// How many children wait at rest.
    ahead: usize,
    alive: Option<Alive>,
    parked: VecDeque<Parked>,
    /// When children may be made again.
    rests_until: Instant,
    baseline: Baseline,
    start_at: Instant,
    pause: Duration,
    replaced: u64,
    served: u64,
}

#[derive(Debug)]
struct Alive {
    pid: Pid,
    socket: OwnedFd,
    terminal: OwnedFd,
    state: State,
    /// When it must have said its next word.
    due: Option<Instant>,
}

#[derive(Debug)]
enum State {
    Starting,
    Ready,
    /// Asked for a child, whose tag, socket and shared memory these will be.
    Forking(u64, OwnedFd, Option<Arc<SharedMemory>>),
}

impl Zygote {
    pub(super) fn new(warmth: Warmth, ahead: usize) -> Self {
        Self {
            warmth,
            ahead,
            alive: None,
            parked: VecDeque::new(),
            rests_until: Instant::now(),
            baseline: Baseline::default(),
            start_at: Instant::now(),
            pause: TRY_AGAIN,
            replaced: 0,
            served: 0,
        }
    }

    /// Does what is due: starts it, gives it up, asks for a child, at once if one `is_wanted`. Returns when to
    /// come again.
    pub(super) fn tend(
        &mut self,
        equipment: &Equipment,
        tags: &mut Tags,
        is_wanted: bool,
    ) -> Option<Instant> {
        let now = Instant::now();
        if let Some(alive) = &self.alive
            && alive.due.is_some_and(|due| due <= now)
        {
            self.give_up("did not answer in time");
        }
        if self.alive.is_none() && self.start_at <= now {
            match start(self.warmth, equipment) {
                Ok(alive) => self.alive = Some(alive),
                Err(error) => {
                    tell(self.warmth, &format!("could not be started: {error}"));
                    self.try_again_later();
                }
            }
        }
        let mut next = None;
        if self.parked.len() < self.ahead.max(usize::from(is_wanted))
            && let Some(alive) = &mut self.alive
            && matches!(alive.state, State::Ready)
        {
            let may_rest = !(self.parked.is_empty() && is_wanted);
            if may_rest && now < self.rests_until {
                next = Some(self.rests_until);
            } else {
                let tag = tags.next();
                match ask_for_a_child(&alive.socket, tag, equipment) {
                    Ok((socket, memory)) => {
                        alive.state = State::Forking(tag, socket, memory);
                        alive.due = Some(now + FORK_WITHIN);
                    }
                    Err(error) => self.give_up(&error.to_string()),
                }
            }
        }
        match &self.alive {
            Some(alive) => next.or(alive.due),
            None => Some(self.start_at),
        }
    }

    /// What to wait on: the socket for its next word, and the terminal for what it prints.
    pub(super) fn descriptors(&self) -> Option<[&OwnedFd; 2]> {
        let alive = self.alive.as_ref()?;
        Some([&alive.socket, &alive.terminal])
    }

    /// Passes on what it prints, which is nothing unless something is wrong with it.
    pub(super) fn pass_on(&self) {
        let mut bytes = [0; 4096];
        if let Some(alive) = &self.alive
            && let Ok(count @ 1..) = rustix::io::read(&alive.terminal, &mut bytes)
        {
            let printed = String::from_utf8_lossy(bytes.get(..count).unwrap_or_default());
            tell(self.warmth, &format!("printed: {}", printed.trim()));
        }
    }

    /// Hears its next word.
    pub(super) fn hear(&mut self) {
        let Some(alive) = &mut self.alive else { return };
        let word = packets::receive::<Word>(&alive.socket);
        match (word, std::mem::replace(&mut alive.state, State::Ready)) {
            (Ok(Some((Word::Ready, _))), State::Starting) => {
                alive.due = None;
                self.baseline = Baseline {
                    data_bytes: memory::data_size(alive.pid),
                    memory_bytes: memory::own(alive.pid),
                };
                self.pause = TRY_AGAIN;
            }
            (Ok(Some((Word::Child(pid), _))), State::Forking(tag, socket, memory)) => {
                alive.due = None;
                if let Some(pid) = Pid::from_raw(pid) {
                    self.parked.push_back(Parked {
                        pid,
                        tag,
                        socket,
                        memory,
                    });
                }
            }
            (Ok(None), _) => self.give_up("has ended"),
            (word, state) => self.give_up(&format!("said {word:?} while {state:?}")),
        }
    }

    /// Whether programs could be had from it, now or in a moment.
    pub(super) fn is_promising(&self) -> bool {
        !self.parked.is_empty()
            || self
                .alive
                .as_ref()
                .is_some_and(|alive| !matches!(alive.state, State::Starting))
    }

    /// A child to become a program.
    pub(super) fn take(&mut self) -> Option<Parked> {
        let parked = self.parked.pop_front()?;
        self.served += 1;
        self.rests_until = Instant::now() + REST;
        Some(parked)
    }

    /// What its children have of it.
    pub(super) fn baseline(&self) -> Baseline {
        self.baseline
    }

    /// Takes note that a child of ours has ended; whether it was this zygote's or it itself.
    pub(super) fn ended(&mut self, pid: Pid) -> bool {
        if self.alive.as_ref().is_some_and(|alive| alive.pid == pid) {
            self.give_up("has ended");
            return true;
        }
        let before = self.parked.len();
        self.parked.retain(|parked| parked.pid != pid);
        before != self.parked.len()
    }

    /// Ends it and its children that wait.
    pub(super) fn end(&mut self) {
        for Parked { pid, .. } in self.parked.drain(..) {
            let _ = kill_process(pid, Signal::KILL);
        }
        self.give_up("is no longer needed");
    }

    pub(super) fn state(&self) -> PoolState {
        PoolState {
            warmth: self.warmth,
            is_ready: self.is_promising(),
            parked: self.parked.len() as u64,
            replaced: self.replaced,
            served: self.served,
        }
    }

    fn give_up(&mut self, why: &str) {
        if let Some(alive) = self.alive.take() {
            tell(self.warmth, why);
            self.replaced += 1;
            // It may be gone already; the keeper collects it.
            let _ = kill_process(alive.pid, Signal::KILL);
            self.try_again_later();
        }
    }

    fn try_again_later(&mut self) {
        self.start_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(Duration::from_mins(1));
    }
}

#[expect(unsafe_code, reason = "std's way to say what a child does before exec")]
fn start(warmth: Warmth, equipment: &Equipment) -> Result<Alive, LayerError> {
    let failed = |cause: io::Error| LayerError::new("zygote", &cause);
    let filters = seccomp::programs(equipment.separation)?;
    let (ours, theirs) = packets::pair().map_err(failed)?;
    // A terminal, so that its streams are made as those of a program at a terminal are.
    let terminal = pty::open(80, 24, None).map_err(failed)?;
    let slave = || terminal.slave.try_clone().map(Stdio::from);
    let keeper = rustix::process::getpid();
    let mut command = Command::new(&equipment.python);
    command
        .arg(&equipment.zygote)
        .arg(warmth.as_str())
        .arg(theirs.as_raw_fd().to_string())
        .env_clear()
        .envs(
            equipment
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .current_dir("/")
        .stdin(slave().map_err(failed)?)
        .stdout(slave().map_err(failed)?)
        .stderr(slave().map_err(failed)?);
    let has_namespaces = equipment.namespaces;
    // SAFETY: only system calls, which is what may be done between fork and exec.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            if rustix::process::getppid() != Some(keeper) {
                return Err(io::Error::other("the keeper is gone"));
            }
            if has_namespaces {
                private::hide_others()?;
                keep_right_to_mount()?;
            }
            // Its own copy stays open.
            Ok(fcntl_setfd(&theirs, FdFlags::empty())?)
        });
    }
    let child = command.spawn().map_err(failed)?;
    let pid = Pid::from_child(&child);
    let beginning = Beginning {
        inherited: filters.inherited.map(|filter| hexadecimal(&filter)),
        own: hexadecimal(&filters.own),
        packages: match warmth {
            Warmth::Light => &[],
            Warmth::Full => &equipment.packages,
        },
    };
    packets::send(&ours, &beginning, &[]).map_err(failed)?;
    Ok(Alive {
        pid,
        socket: ours,
        terminal: terminal.master,
        state: State::Starting,
        due: Some(Instant::now() + READY_WITHIN),
    })
}

fn ask_for_a_child(
    zygote: &OwnedFd,
    tag: u64,
    equipment: &Equipment,
) -> io::Result<(OwnedFd, Option<Arc<SharedMemory>>)> {
    let (ours, theirs) = packets::pair()?;
    let memory = equipment
        .namespaces
        .then(|| SharedMemory::make(equipment.shared_memory_bytes))
        .transpose()?
        .map(Arc::new);
    let mut along = vec![theirs.as_fd()];
    along.extend(memory.as_deref().map(AsFd::as_fd));
    packets::send(zygote, &tag, &along)?;
    Ok((ours, memory))
}

/// Lets the program that this process executes mount, where it is not root. Children of a zygote give that up when they
/// become programs (`confine.py`).
fn keep_right_to_mount() -> io::Result<()> {
    if identity::is_root() {
        return Ok(());
    }
    let right = CapabilitySet::SYS_ADMIN;
    let mut own = capabilities(None)?;
    own.inheritable |= right;
    set_capabilities(None, own)?;
    Ok(configure_capability_in_ambient_set(right, true)?)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let write = |text: String, byte: &u8| format!("{text}{byte:02x}");
    bytes.iter().fold(String::new(), write)
}

fn tell(warmth: Warmth, what: &str) {
    say(&format!("the {} zygote {what}", warmth.as_str()));
}
