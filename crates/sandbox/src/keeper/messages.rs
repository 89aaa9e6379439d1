//! What a host and its keeper tell each other, over one socket of `packets`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{LayerError, Policy, Separation, Warmth};

/// What the host tells its keeper. The first order is `Begin`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Makes ready for programs.
    Begin(Box<Equipment>),
    /// Starts a program; answered by `Started` or `Failed`. Along go the program's terminal and the
    /// socket of its runtime's events.
    Start {
        /// The host's number for it, given once.
        run: u64,
        /// What it may be and do.
        policy: Box<Policy>,
        /// The program whose place it takes, which the host has asked to end: this one confines itself meanwhile but runs
        /// nothing of the student's while the other can.
        instead_of: Option<u64>,
    },
    /// Interrupts every process of a program, as Ctrl-C does for those in the foreground.
    Interrupt {
        /// Which.
        run: u64,
    },
    /// Asks a program's first process to write out its files, run its exit handlers and end. The host sends `Kill` after
    /// a while.
    Terminate {
        /// Which.
        run: u64,
    },
    /// Lets all programs do something until then: a moment of the machine's monotonic clock, in milliseconds. Afterwards
    /// they stand still until this is told again, also if the host tells nothing any more.
    LiveUntil {
        /// `u64::MAX` is for ever.
        monotonic_ms: u64,
    },
    /// Ends every process of a program at once; answered by `Ended`.
    Kill {
        /// Which.
        run: u64,
    },
}

/// What programs are started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Equipment {
    /// The class's Python.
    pub python: PathBuf,
    /// The file that makes a zygote of it.
    pub zygote: PathBuf,
    /// The zygotes' environment.
    pub environment: Vec<(String, String)>,
    /// The modules that a full zygote imports; those that are not installed are left out.
    pub packages: Vec<String>,
    /// What keeps programs apart.
    pub separation: Separation,
    /// Whether programs get namespaces of their own.
    pub namespaces: bool,
    /// What every program may read and execute, with all beneath. What does not exist is left out.
    pub readable: Vec<PathBuf>,
    /// What every program may change.
    pub writable: Vec<PathBuf>,
    /// Folders in which every program may make files of its own, and no folders.
    pub files_only: Vec<PathBuf>,
    /// Memory that stays free on the machine and in the container: with less, the program that holds the most is ended. 0
    /// ends none.
    pub memory_reserve_bytes: u64,
    /// What the files of a program's `/dev/shm` may take where it has one of its own, in bytes.
    pub shared_memory_bytes: u64,
}

/// What a keeper tells its host.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The script is being run, confined.
    Started {
        /// Which.
        run: u64,
    },
    /// A program has used processor time since this was told last; at most once a second.
    Working {
        /// Which.
        run: u64,
    },
    /// A layer could not be set up; nothing of the program has run.
    Failed {
        /// Which.
        run: u64,
        /// Why.
        error: LayerError,
    },
    /// A program and all it started are gone.
    Ended {
        /// Which.
        run: u64,
        /// How.
        ended: Ended,
    },
    /// How the zygotes are, whenever that changes.
    Pool(Vec<PoolState>),
}

/// How one kind of zygote is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolState {
    /// Which kind.
    pub warmth: Warmth,
    /// Whether it answers.
    pub is_ready: bool,
    /// Children that wait to become programs.
    pub parked: u64,
    /// How often it was replaced, because it had ended or did not answer.
    pub replaced: u64,
    /// Programs that began as its children.
    pub served: u64,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// How its first process ended.
    pub exit: Exit,
    /// The limit that the keeper ended it for.
    pub limit: Option<Limit>,
    /// Processor time of all its processes.
    pub cpu_ms: u64,
    /// The most memory of its own that a look at it saw.
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

/// A limit that a keeper watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// `Limits::cpu_seconds`.
    ProcessorTime,
    /// `Limits::memory_bytes`.
    Memory,
    /// `Limits::processes`.
    Processes,
    /// None that has a number: it forked without end.
    Forks,
    /// `Limits::nameless_bytes`.
    NamelessFiles,
    /// `Equipment::memory_reserve_bytes`: it held the most.
    HostMemory,
}
