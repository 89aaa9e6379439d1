//! Deleting so that it can be undone: what is deleted is moved into the owner's trash.
//!
//! An item is a folder of the trash, named by its id: `entry` is what was deleted, `origin` the path
//! it had.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
};

use pythonide_link::RefusalKind;
use rustix::fs::{AtFlags, Mode, OFlags, fsync, mkdirat, openat, unlinkat};
use uuid::Uuid;

use super::{
    Owner, RESERVED_PREFIX, Workspace,
    moves::rename_to_free,
    place::{HOMES, Place, open_folder, open_own_folder},
    refusals::{Doing, FileError, refuse},
};

const ENTRY: &str = "entry";
const ORIGIN: &str = "origin";

/// Moves what is at `path` into the trash; returns its id there.
pub(crate) fn delete(workspace: &Workspace, path: &str) -> Result<Uuid, FileError> {
    let id = Uuid::now_v7();
    workspace.as_owner(|| {
        let from = workspace.place(path)?;
        if from.look()?.is_none() {
            return refuse(RefusalKind::NotFound, "It is no longer there.");
        }
        let trash = open_trash(workspace)?;
        let name = id.to_string();
        mkdirat(&trash, &name, Mode::from_raw_mode(0o700)).doing("make a place in the trash")?;
        let item = open_folder(&trash, &name).doing("open a place in the trash")?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let origin =
            openat(&item, ORIGIN, flags, Mode::from_raw_mode(0o600)).doing("write the trash")?;
        let mut origin = File::from(origin);
        origin.write_all(path.as_bytes()).doing("write the trash")?;
        origin.sync_all().doing("write the trash")?;
        fsync(&trash).doing("write the trash")?;
        rename_to_free(
            &from,
            &Place {
                folder: item,
                name: ENTRY.to_owned(),
            },
        )?;
        Ok(id)
    })
}

/// Moves an item of the trash back; returns its path, which has a number when the old is taken.
pub(crate) fn restore(workspace: &Workspace, id: Uuid) -> Result<String, FileError> {
    workspace.as_owner(|| {
        let trash = open_trash(workspace)?;
        let name = id.to_string();
        let item = match open_folder(&trash, &name) {
            Err(rustix::io::Errno::NOENT) => {
                return refuse(RefusalKind::NotFound, "It is not in the trash any more.");
            }
            other => other.doing("open the trash")?,
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let origin = openat(&item, ORIGIN, flags, Mode::empty()).doing("read the trash")?;
        let mut path = String::new();
        // The path is checked like one from a request: the trash is the student's own to write.
        File::from(origin)
            .take(8192)
            .read_to_string(&mut path)
            .doing("read the trash")?;
        make_parents(workspace, &path)?;
        let from = Place {
            folder: item,
            name: ENTRY.to_owned(),
        };
        let path = move_back(workspace, &from, &path)?;
        unlinkat(&from.folder, ORIGIN, AtFlags::empty()).doing("empty the trash")?;
        unlinkat(&trash, &name, AtFlags::REMOVEDIR).doing("empty the trash")?;
        Ok(path)
    })
}

fn open_trash(workspace: &Workspace) -> Result<OwnedFd, FileError> {
    let own = match &workspace.owner {
        Owner::User { username, .. } => format!("{HOMES}/{username}"),
        Owner::Shared { .. } => "shared".to_owned(),
    };
    let path = workspace
        .root
        .path()
        .join(RESERVED_PREFIX)
        .join("trash")
        .join(own);
    open_own_folder(&path).doing("open the trash")
}

/// Makes the folders on the way to `path` that were deleted since.
fn make_parents(workspace: &Workspace, path: &str) -> Result<(), FileError> {
    for (end, _) in path.match_indices('/') {
        let Some(parent) = path.get(..end) else {
            continue;
        };
        let place = workspace.place(parent)?;
        match mkdirat(&place.folder, &place.name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error).doing("make a folder"),
        }
    }
    Ok(())
}

fn move_back(workspace: &Workspace, from: &Place, path: &str) -> Result<String, FileError> {
    for number in 1..1000 {
        let candidate = if number == 1 {
            path.to_owned()
        } else {
            numbered(path, number)
        };
        match rename_to_free(from, &workspace.place(&candidate)?) {
            Ok(()) => return Ok(candidate),
            Err(FileError::Refused(refusal)) if refusal.kind == RefusalKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    refuse(
        RefusalKind::AlreadyExists,
        "Too many files of that name are there.",
    )
}

/// `a/b.py` as `a/b (2).py`.
fn numbered(path: &str, number: u32) -> String {
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), path),
    };
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() => format!("{folder}{stem} ({number}).{suffix}"),
        _ => format!("{folder}{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_number_goes_before_the_suffix() {
        assert_eq!(numbered("a/b.py", 2), "a/b (2).py");
        assert_eq!(numbered("notes", 3), "notes (3)");
        assert_eq!(numbered(".hidden", 2), ".hidden (2)");
    }
}
