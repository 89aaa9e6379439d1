//! The host: files and running programs of students, each touched only as the student.
//!
//! Knows no SQL, no passwords, no rights, and of HTTP one request (`protection`): a server has decided who may ask. What it
//! guarantees by itself is that a request for one owner never reaches another's files or programs.
//!
//! Read first: [`files`] (every path is opened beneath its owner's folder, with the owner's
//! rights), then `runs` (a program, its keeper and its log), then `service` (what the link offers).

#![forbid(unsafe_code)]

pub mod files;
mod own;
mod protection;
mod python;
mod runs;
mod runtime;
mod service;
mod settings;
mod start;
mod tenure;

pub use python::Python;
pub use settings::{HostSettings, RunSettings};
pub use start::{Running, StartError, is_reachable, serve};

/// `false` in a test build, which shows what the limits of users prevent (`cargo xtask bench neighbours --without-limits`).
const HAS_USER_LIMITS: bool = !cfg!(feature = "without-user-limits");
