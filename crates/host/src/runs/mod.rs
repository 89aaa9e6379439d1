//! Running programs.
//!
//! ```text
//! Runs (who has which program) ── start ──► Program (one task per run)
//!                                             ├─ leash: starts it confined, watches, ends it
//!                                             ├─ terminal: what it prints goes to the log, what is typed to it
//!                                             └─ events: what its runtime tells
//! readers (any number) ◄── Log (numbered bytes, bounded) ◄─┘
//! ```
//!
//! A workspace has one program at a time. It belongs to the host, not to a browser: readers come
//! and go.

mod end;
mod launch;
mod leash;
mod log;
mod program;
mod registry;
mod temporary;

pub(crate) use end::{Cause, End, Mark, MarkKind};
pub(crate) use launch::Launcher;
pub(crate) use log::{Log, Part, Reader};
pub(crate) use program::{Program, RunState};
pub(crate) use registry::{Current, Runs};
pub(crate) use temporary::prepare as prepare_temporary_folders;
