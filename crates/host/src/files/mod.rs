//! Students' files: every operation is done with the owner's rights and beneath the owner's folder.
//!
//! The layout is the deployment guide's: `Local/<username>/` is a home, every other folder at the
//! top is handed out by professors, `.pythonide/` is ours. The functions here block; they are
//! called on threads made for that.
//!
//! No symbolic link is ever followed, not even one that stays inside: a program may change it
//! between a look and the use. So `openat2` with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS` is the
//! only way a path becomes a descriptor (`place`).

pub mod adoption;
mod folder;
pub mod homes;
mod moves;
mod place;
mod refusals;
mod temporary;
mod text;
mod transfer;
mod trash;
mod usage;

pub(crate) use folder::{list, make};
pub(crate) use homes::check_writable;
pub(crate) use moves::move_entry;
pub(crate) use place::Workspace;
pub use place::{Owner, Root};
pub(crate) use refusals::FileError;
pub(crate) use text::{Base, Saved, beginning, read, save};
pub(crate) use transfer::{Download, Upload};
pub(crate) use trash::{delete, restore};
pub(crate) use usage::{Usage, usage};

/// Names that begin like this are ours: never listed, never taken from a request.
pub(crate) const RESERVED_PREFIX: &str = ".pythonide";
