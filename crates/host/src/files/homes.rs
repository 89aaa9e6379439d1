//! Making and mending the owners' folders. The only file operations with the host's own rights.

use std::{io, path::Path};

use pythonide_sandbox::identity::is_root;
use rustix::fs::{Gid, Mode, Uid, fchmod, fchown, fstat, mkdirat};

use super::{
    Owner, RESERVED_PREFIX, Root,
    place::{HOMES, open_folder, open_own_folder},
    refusals::{Doing, FileError},
    versions,
};

/// What [`sync`] did and saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Homes that were missing and are there now.
    pub made: Vec<String>,
    /// Homes whose owner or mode was not as it must be.
    pub mended: Vec<String>,
    /// Folders among the homes that are nobody's. They are left alone.
    pub orphans: Vec<String>,
    /// Homes that could be neither made nor mended, with the reason.
    pub problems: Vec<String>,
}

/// Makes the folders that every installation has. Leaves what is there as it is.
///
/// # Errors
/// When a folder cannot be made, or its mode not be set.
pub fn lay_out(path: &Path, shared: &Owner) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    // Traversable by all, listed by its owner: names of homes are usernames.
    settle(path, Some(shared), 0o711)?;
    for (folder, owner) in [
        (HOMES.to_owned(), None),
        (RESERVED_PREFIX.to_owned(), None),
        (format!("{RESERVED_PREFIX}/trash"), None),
        (format!("{RESERVED_PREFIX}/trash/{HOMES}"), None),
        (format!("{RESERVED_PREFIX}/trash/shared"), Some(shared)),
    ] {
        let folder = path.join(folder);
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => settle(&folder, owner, if owner.is_some() { 0o700 } else { 0o711 })?,
        }
    }
    // The host's own: no program gets at what its owner has saved.
    let versions = versions::folder(path);
    match std::fs::create_dir(&versions) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => settle(&versions, None, 0o700)?,
    }
    Ok(())
}

/// Makes an owner's home and trash, and gives them to the owner.
///
/// # Errors
/// When something else than a folder is there, or a folder cannot be made or given away.
pub(crate) fn make_home(root: &Root, owner: &Owner) -> io::Result<Made> {
    let Owner::User { username, .. } = owner else {
        return Ok(Made::default());
    };
    let home = give(root, HOMES, username, owner)?;
    give(
        root,
        &format!("{RESERVED_PREFIX}/trash/{HOMES}"),
        username,
        owner,
    )?;
    Ok(home)
}

/// What was done to a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) made: bool,
    pub(crate) mended: bool,
}

/// Whose, by uid, the home of this name or the trash beside it is, if that is another account's: one that had the name
/// before. What is root's is nobody's yet, and where the host is not root all is its own.
pub(crate) fn stranger(root: &Root, owner: &Owner) -> io::Result<Option<u32>> {
    let Owner::User { username, identity } = owner else {
        return Ok(None);
    };
    if !is_root() {
        return Ok(None);
    }
    let trash = format!("{RESERVED_PREFIX}/trash/{HOMES}");
    for folder in [HOMES, &trash] {
        let path = root.path().join(folder).join(username);
        match rustix::fs::lstat(&path) {
            Ok(found) if found.st_uid != identity.uid && found.st_uid != 0 => {
                return Ok(Some(found.st_uid));
            }
            Ok(_) | Err(rustix::io::Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Makes every missing home and mends owners and modes; names the folders of nobody. What belongs to another account is a
/// problem, unless it `is_given` to the one that has the name now.
///
/// # Errors
/// When the homes cannot be listed. A single home's fault is told in the answer.
pub fn sync(root: &Root, owners: &[Owner], is_given: impl Fn(&str) -> bool) -> io::Result<Synced> {
    let mut synced = Synced::default();
    let mut known = std::collections::HashSet::new();
    for owner in owners {
        let Owner::User { username, .. } = owner else {
            continue;
        };
        known.insert(username.as_str());
        let made = match stranger(root, owner) {
            Ok(Some(uid)) if !is_given(username) => Err(io::Error::other(format!(
                "belongs to another account, of uid {uid}, which had the name before"
            ))),
            Ok(_) => make_home(root, owner),
            Err(error) => Err(error),
        };
        match made {
            Ok(Made { made: true, .. }) => synced.made.push(username.clone()),
            Ok(Made { mended: true, .. }) => synced.mended.push(username.clone()),
            Ok(_) => {}
            Err(error) => synced.problems.push(format!("{username}: {error}")),
        }
    }
    for entry in std::fs::read_dir(root.path().join(HOMES))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !known.contains(name.as_str()) {
            synced.orphans.push(name);
        }
    }
    synced.orphans.sort();
    Ok(synced)
}

/// Writes and removes a small file, to see that the disk takes it.
pub(crate) fn check_writable(root: &Root) -> Result<(), FileError> {
    let path = root
        .path()
        .join(RESERVED_PREFIX)
        .join(format!("check-{}", uuid::Uuid::new_v4()));
    let written = std::fs::write(&path, b"check").doing("write to the folder of all files");
    let removed = std::fs::remove_file(&path).doing("remove a file from the folder of all files");
    written.and(removed)
}

fn give(root: &Root, parent: &str, name: &str, owner: &Owner) -> io::Result<Made> {
    let parent = open_own_folder(&root.path().join(parent))?;
    let made = match mkdirat(&parent, name, Mode::from_raw_mode(0o700)) {
        Ok(()) => true,
        Err(rustix::io::Errno::EXIST) => false,
        Err(error) => return Err(error.into()),
    };
    let folder = open_folder(&parent, name).map_err(|error| match error {
        rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP => {
            io::Error::other("something else than a folder has that name")
        }
        other => other.into(),
    })?;
    let mended = set_owner_and_mode(&folder, Some(owner), 0o700)?;
    if made {
        rustix::fs::fsync(&parent)?;
    }
    Ok(Made {
        made,
        mended: mended && !made,
    })
}

fn settle(path: &Path, owner: Option<&Owner>, mode: u32) -> io::Result<()> {
    set_owner_and_mode(&open_own_folder(path)?, owner, mode)?;
    Ok(())
}

/// Returns whether anything had to be changed.
fn set_owner_and_mode(
    folder: &rustix::fd::OwnedFd,
    owner: Option<&Owner>,
    mode: u32,
) -> io::Result<bool> {
    let found = fstat(folder)?;
    let mut changed = false;
    if let Some(identity) = owner.map(Owner::identity).filter(|_| is_root())
        && (found.st_uid, found.st_gid) != (identity.uid, identity.gid)
    {
        fchown(
            folder,
            Some(Uid::from_raw(identity.uid)),
            Some(Gid::from_raw(identity.gid)),
        )?;
        changed = true;
    }
    if found.st_mode & 0o7777 != mode {
        fchmod(folder, Mode::from_raw_mode(mode))?;
        changed = true;
    }
    Ok(changed)
}
