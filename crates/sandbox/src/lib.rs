//! Confinement of one process on Linux: who it is, what it can reach, what it may use up.
//!
//! The only crate with `unsafe`, per function and with its reason. It knows nothing of students,
//! files or the network; `host` tells it what to confine by a [`Policy`].
//!
//! All programs of a host are held by one *keeper* (the hidden command `pythonide keeper`), which
//! starts them from warm interpreters, lets them go on when they are confined, watches all processes
//! that grow from them, and ends those when told to, when a limit is met, or when the host is gone.
//!
//! ```text
//! host ──orders, reports──► keeper ──► zygote (a warm Python) ──clone──► child, parked
//!  │                          │ tells it what to become; sees it confined; lets it go on
//!  └──pseudo-terminal, events─┼──────────────────────────► the student's Python and what it starts
//!                             └─ every orphan comes back here; a tag tells whose it is
//! ```
//!
//! The confining itself is done by the runtime's `confine.py` within the child, with rules made here
//! (`landlock`, `seccomp`), and `inspect` looks at the result before anything of a student's runs.
//!
//! Read first: [`policy`], then [`keeper`].

#![warn(missing_docs)]

mod free_memory;
pub mod identity;
mod inspect;
pub mod keeper;
mod landlock;
mod namespaces;
pub mod packets;
pub mod policy;
mod private;
pub mod probe;
mod proc;
pub mod pty;
mod seccomp;
pub mod service;

pub use free_memory::FreeMemory;
pub use identity::Identity;
pub use policy::{Limits, Policy, Warmth};
pub use probe::Separation;

/// A layer of confinement that could not be set up; the process it was meant for does not run.
#[derive(Debug, Clone, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("the layer “{layer}” could not be set up: {cause}")]
pub struct LayerError {
    /// The layer's name, as in `docs/security.md`.
    pub layer: String,
    /// What the system said.
    pub cause: String,
    /// The number of what it said, where that is known: a disk that is at fault can be told from a defect of ours.
    pub errno: Option<i32>,
}

impl LayerError {
    pub(crate) fn new(layer: &str, cause: &impl ToString) -> Self {
        Self {
            layer: layer.to_owned(),
            cause: cause.to_string(),
            errno: None,
        }
    }
}
