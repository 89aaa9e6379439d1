//! Renaming and moving.

use pythonide_link::RefusalKind;
use rustix::{
    fs::{RenameFlags, fsync, renameat, renameat_with},
    io::Errno,
};

use super::{
    Workspace,
    place::Place,
    refusals::{Doing, FileError, refuse},
    versions::Versions,
};

/// Moves what is at `from` to `to`, whose name must be free.
pub(crate) fn move_entry(workspace: &Workspace, from: &str, to: &str) -> Result<(), FileError> {
    if to
        .strip_prefix(from)
        .is_some_and(|rest| rest.starts_with('/'))
    {
        return refuse(
            RefusalKind::BadName,
            "A folder cannot be moved into itself.",
        );
    }
    workspace.as_owner(|| {
        let (from, to) = (workspace.place(from)?, workspace.place(to)?);
        rename_to_free(&from, &to)
    })?;
    Versions::of(workspace).moved(from, to)
}

/// Renames to a name that must be free, durably.
pub(super) fn rename_to_free(from: &Place, to: &Place) -> Result<(), FileError> {
    let renamed = renameat_with(
        &from.folder,
        &from.name,
        &to.folder,
        &to.name,
        RenameFlags::NOREPLACE,
    );
    let renamed = match renamed {
        // NFS knows no such rename; ours are one at a time in a workspace, so a look is enough.
        Err(Errno::INVAL) if to.look()?.is_none() => {
            renameat(&from.folder, &from.name, &to.folder, &to.name)
        }
        Err(Errno::INVAL) => Err(Errno::EXIST),
        other => other,
    };
    if renamed == Err(Errno::EXIST) {
        return refuse(
            RefusalKind::AlreadyExists,
            format!("“{}” is already there. Choose another name.", to.name),
        );
    }
    renamed.doing("move a file")?;
    fsync(&to.folder).doing("make a move durable")?;
    fsync(&from.folder).doing("make a move durable")
}
