//! Deleting so that it can be undone: what is deleted is moved into the owner's trash.
//!
//! An item is a folder of the trash, named by its id: `entry` is what was deleted, `origin` the path
//! it had.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    path::PathBuf,
};

use pythonide_link::RefusalKind;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fsync, mkdirat, openat, statat, unlinkat};
use uuid::Uuid;

use super::{
    Owner, RESERVED_PREFIX, Workspace,
    moves::rename_to_free,
    place::{HOMES, Place, open_folder, open_own_folder},
    refusals::{Doing, FileError, refuse},
    removal::remove_tree,
    upkeep::PutAside,
    usage::{Usage, usage, usage_within},
};

const ENTRY: &str = "entry";
const ORIGIN: &str = "origin";
/// More of it is not told.
const MOST_LISTED: usize = 1000;
/// A folder with no more is looked through when it is deleted.
const FEW: Usage = Usage {
    bytes: u64::MAX,
    entries: 500,
};

/// What was moved into the trash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Discarded {
    pub(crate) id: Uuid,
    pub(crate) put_aside: PutAside,
}

/// Moves what is at `path` into the trash.
pub(crate) fn delete(workspace: &Workspace, path: &str) -> Result<Discarded, FileError> {
    let id = Uuid::now_v7();
    // Of what is no folder it is not used.
    let folder = workspace.place(path).ok().map(|from| of_folder(&from));
    workspace.as_owner(|| {
        let from = workspace.place(path)?;
        let Some(found) = from.look()? else {
            return refuse(RefusalKind::NotFound, "It is no longer there.");
        };
        let is_folder = FileType::from_raw_mode(found.st_mode).is_dir();
        let put_aside = folder
            .filter(|_| is_folder)
            .unwrap_or_else(|| PutAside::Bytes(u64::try_from(found.st_size).unwrap_or(0)));
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
        Ok(Discarded { id, put_aside })
    })
}

/// What a folder will take in the trash. With the host's rights: its owner may have shut some of it.
fn of_folder(from: &Place) -> PutAside {
    let measured = open_folder(&from.folder, &from.name)
        .map_err(std::io::Error::from)
        .and_then(|folder| usage_within(folder, FEW));
    match measured {
        Ok(found) if !found.exceeds(FEW) => PutAside::Bytes(found.bytes),
        // Longer to look at than a delete may take, or it cannot be seen.
        _ => PutAside::Folder,
    }
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
        // The path is checked like one from a request: the trash is the student's own to write.
        let path = origin(&item)?;
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

/// Something in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: Uuid,
    pub(crate) path: String,
    pub(crate) mode: u32,
    pub(crate) size: u64,
}

impl Item {
    /// In milliseconds since 1970: its id begins with that.
    pub(crate) fn deleted_at_ms(&self) -> i64 {
        let (seconds, nanoseconds) = self.id.get_timestamp().map_or((0, 0), |at| at.to_unix());
        i64::try_from(seconds * 1000 + u64::from(nanoseconds) / 1_000_000).unwrap_or(i64::MAX)
    }
}

/// What is in the trash, the last deleted first: at most [`MOST_LISTED`], and whether there is more.
pub(crate) fn list_trash(workspace: &Workspace) -> Result<(Vec<Item>, bool), FileError> {
    workspace.as_owner(|| {
        let trash = open_trash(workspace)?;
        let mut ids = ids(&trash)?;
        let is_truncated = ids.len() > MOST_LISTED;
        ids.truncate(MOST_LISTED);
        let items = ids.into_iter().filter_map(|id| item(&trash, id));
        Ok((items.collect(), is_truncated))
    })
}

/// Removes for good what was deleted before `before_ms`, and of the rest the oldest until the others take no more than
/// `most_bytes`.
pub(super) fn expire(
    workspace: &Workspace,
    before_ms: i64,
    most_bytes: u64,
) -> Result<(), FileError> {
    let doing = "empty the trash";
    let path = trash_path(workspace);
    let trash = open_own_folder(&path).doing(doing)?;
    let unlimited = Usage {
        bytes: u64::MAX,
        entries: u64::MAX,
    };
    let mut bytes = 0_u64;
    for id in ids(&trash)? {
        let name = id.to_string();
        // Where no Landlock keeps programs out they can put there what they like, and only an owner's own room is lost.
        if !path
            .join(&name)
            .symlink_metadata()
            .is_ok_and(|found| found.is_dir())
        {
            continue;
        }
        let (seconds, _) = id.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let is_old = i64::try_from(seconds).unwrap_or(i64::MAX) * 1000 < before_ms;
        if !is_old {
            bytes += usage(&path.join(&name), unlimited).doing(doing)?.bytes;
        }
        if is_old || bytes > most_bytes {
            remove_tree(&path, &name).doing(doing)?;
        }
    }
    Ok(())
}

/// The ids of what is in the trash, the last deleted first.
fn ids(trash: &OwnedFd) -> Result<Vec<Uuid>, FileError> {
    let mut ids = Vec::new();
    for entry in Dir::read_from(trash).doing("list the trash")? {
        let entry = entry.doing("list the trash")?;
        // Whatever else a student puts there stays.
        ids.extend(
            entry
                .file_name()
                .to_str()
                .ok()
                .and_then(|name| name.parse::<Uuid>().ok())
                .filter(|id| id.get_version_num() == 7),
        );
    }
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    Ok(ids)
}

/// An item, if it is whole: of one that a host died over, the entry may be missing.
fn item(trash: &OwnedFd, id: Uuid) -> Option<Item> {
    let folder = open_folder(trash, &id.to_string()).ok()?;
    let path = origin(&folder).ok()?;
    let found = statat(&folder, ENTRY, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(Item {
        id,
        path,
        mode: found.st_mode,
        size: u64::try_from(found.st_size).unwrap_or(0),
    })
}

/// The path that an item had.
fn origin(item: &OwnedFd) -> Result<String, FileError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let origin = openat(item, ORIGIN, flags, Mode::empty()).doing("read the trash")?;
    let mut path = String::new();
    File::from(origin)
        .take(8192)
        .read_to_string(&mut path)
        .doing("read the trash")?;
    Ok(path)
}

fn trash_path(workspace: &Workspace) -> PathBuf {
    let own = match &workspace.owner {
        Owner::User { username, .. } => format!("{HOMES}/{username}"),
        Owner::Shared { .. } => "shared".to_owned(),
    };
    workspace
        .root
        .path()
        .join(RESERVED_PREFIX)
        .join("trash")
        .join(own)
}

/// Opens the owner's trash, with the owner's rights.
pub(super) fn open_trash(workspace: &Workspace) -> Result<OwnedFd, FileError> {
    open_own_folder(&trash_path(workspace)).doing("open the trash")
}

/// Makes the folders on the way to `path` that were deleted since.
pub(super) fn make_parents(workspace: &Workspace, path: &str) -> Result<(), FileError> {
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
    use std::fs;

    use super::*;
    use crate::files::temporary::tests::{host, workspace};

    #[test]
    fn a_folder_is_looked_through_when_it_is_deleted_unless_that_would_take_long() {
        let files = tempfile::tempdir().unwrap();
        let workspace = workspace(files.path(), &host(), 1);
        let home = workspace.home();
        for name in ["few", "many"] {
            fs::create_dir(home.join(name)).unwrap();
        }
        fs::write(home.join("few/file"), vec![1; 100_000]).unwrap();
        for number in 0..=FEW.entries {
            fs::write(home.join(format!("many/{number}")), "").unwrap();
        }
        let put_aside = |path| delete(&workspace, path).unwrap().put_aside;
        assert_eq!(put_aside("many"), PutAside::Folder);
        let PutAside::Bytes(bytes) = put_aside("few") else {
            panic!("it was not looked through");
        };
        assert!((100_000..200_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_number_goes_before_the_suffix() {
        assert_eq!(numbered("a/b.py", 2), "a/b (2).py");
        assert_eq!(numbered("notes", 3), "notes (3)");
        assert_eq!(numbered(".hidden", 2), ".hidden (2)");
    }
}
