//! What one program may be and do, as told to its keeper.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Identity, Separation};

/// Everything that is decided about a program before it starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    /// The file to run, as the student would type it in `directory`.
    pub script: String,
    /// Whether its errors are explained in a plain sentence.
    pub hints: bool,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Its working directory.
    pub directory: PathBuf,
    /// What must keep it apart from other students, or it does not start.
    pub separation: Separation,
    /// Who it becomes; `None` leaves it who the host is.
    pub identity: Option<Identity>,
    /// What it may read and execute beside what every program may, with all beneath. What does not exist is
    /// left out.
    pub readable: Vec<PathBuf>,
    /// What it may change beside what every program may, with all beneath.
    pub writable: Vec<PathBuf>,
    /// What it may use up.
    pub limits: Limits,
}

/// What an interpreter has loaded before a program asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warmth {
    /// Nothing but what Python itself and the runtime need.
    Light,
    /// The class's packages too.
    Full,
}

impl Warmth {
    /// The name in metrics and on the zygote's command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Full => "full",
        }
    }
}

/// What a program may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor time of all its processes together, in seconds. Waiting costs nothing.
    pub cpu_seconds: u64,
    /// Memory of all its processes together, in bytes. One process meets it as `MemoryError`.
    pub memory_bytes: u64,
    /// Processes and threads at once.
    pub processes: u64,
    /// The size of one file, in bytes.
    pub file_bytes: u64,
    /// Open files of one process.
    pub open_files: u64,
    /// What files on disk without a name may take, in bytes. Those with names are the host's to watch.
    pub nameless_bytes: u64,
}
