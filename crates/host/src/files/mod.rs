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
mod quotas;
mod refusals;
mod removal;
mod temporary;
mod text;
mod transfer;
mod trash;
mod upkeep;
mod usage;
mod versions;

pub(crate) use folder::{entry_kind, list, make};
pub(crate) use homes::check_writable;
pub(crate) use moves::move_entry;
pub(crate) use place::Workspace;
pub use place::{Owner, Root};
pub(crate) use quotas::Quotas;
pub(crate) use refusals::FileError;
pub(crate) use removal::remove_tree;
pub(crate) use temporary::take_over;
pub(crate) use text::{Base, Saved, ensure_file, read, restore_version, save};
pub(crate) use transfer::{Download, Upload};
pub(crate) use trash::{Item, delete, list_trash, restore};
pub(crate) use upkeep::Upkeep;
pub(crate) use usage::{Usage, usage};
pub(crate) use versions::{Origin, Version, list as list_versions, text as version_text};

/// Names that begin like this are ours: never listed, never taken from a request.
pub(crate) const RESERVED_PREFIX: &str = ".pythonide";
