//! Confinement of one process on Linux: who it is, what it can reach, what it may use up.
//!
//! The only crate with `unsafe`, per function and with its reason. It knows nothing of students,
//! files or the network; `host` tells it what to confine by a [`Policy`].
//!
//! A program is started by a *leash*: a small process of its own (the hidden command
//! `pythonide leash`), which forks, confines the child and executes it, watches the whole tree of
//! processes that grows from it, and ends that tree when told to, when a limit is met, or when the
//! host itself is gone.
//!
//! ```text
//! host ──control (JSON lines)──► leash ──fork──► child: session, terminal, limits, identity,
//!  │                               │                    no_new_privs, Landlock, seccomp, exec
//!  └──pseudo-terminal, events──────┼──────────────────► the student's Python and what it starts
//!                                  └─ subreaper: every orphan of the tree comes back here
//! ```
//!
//! Read first: [`policy`], then `confine` and `leash`.

#![warn(missing_docs)]

mod confine;
mod descendants;
pub mod identity;
mod landlock;
pub mod leash;
pub mod policy;
pub mod probe;
pub mod pty;
mod seccomp;
pub mod service;

pub use identity::Identity;
pub use policy::{Limits, Policy};
pub use probe::Separation;

/// A layer of confinement that could not be set up; the process it was meant for does not run.
#[derive(Debug, Clone, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("the layer “{layer}” could not be set up: {cause}")]
pub struct LayerError {
    /// The layer's name, as in `docs/security.md`.
    pub layer: String,
    /// What the system said.
    pub cause: String,
}

impl LayerError {
    pub(crate) fn new(layer: &str, cause: &impl ToString) -> Self {
        Self {
            layer: layer.to_owned(),
            cause: cause.to_string(),
        }
    }
}
