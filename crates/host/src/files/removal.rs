//! Removing a folder for good, whatever its owner has made of it.
//!
//! The student decides how much there is and how deep, so removing it takes neither stack nor
//! descriptors by depth: folders within a folder are moved up beside it, and so to the top.

use std::{io, os::fd::OwnedFd, path::Path};

use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, fchmod, openat, renameat, unlinkat},
    io::Errno,
};
use uuid::Uuid;

/// Removes a folder with all that is in it, following no link, with three descriptors at most.
pub(crate) fn remove_tree(parent: &Path, name: &str) -> io::Result<()> {
    let parent = rustix::fs::open(parent, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let top = open_folder(&parent, name)?;
    // Each round removes a level: what lay in it is now at the top, until nothing is.
    let mut moved = 0_u64;
    loop {
        let mut is_empty = true;
        for entry in Dir::read_from(&top)? {
            let entry = entry?;
            if is_dots(entry.file_name().to_bytes()) {
                continue;
            }
            is_empty = false;
            if !remove_one(&top, entry.file_name())? {
                empty_into(&top, entry.file_name(), &mut moved)?;
                unlinkat(&top, entry.file_name(), AtFlags::REMOVEDIR)?;
            }
        }
        if is_empty {
            return Ok(unlinkat(&parent, name, AtFlags::REMOVEDIR)?);
        }
    }
}

/// Removes what is in a folder of `top`; folders with something in them move to `top` instead.
fn empty_into(top: &OwnedFd, name: &std::ffi::CStr, moved: &mut u64) -> io::Result<()> {
    let folder = open_folder(top, name)?;
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        if is_dots(entry.file_name().to_bytes()) || remove_one(&folder, entry.file_name())? {
            continue;
        }
        *moved += 1;
        // A name that no student chose, for it holds this removal's own id.
        let place = format!("{moved}-{}", Uuid::new_v4());
        match renameat(&folder, entry.file_name(), top, &place) {
            // Where the host is not root, a folder that cannot be written to cannot be moved.
            Err(Errno::ACCESS) => {
                drop(open_folder(&folder, entry.file_name())?);
                renameat(&folder, entry.file_name(), top, &place)?;
            }
            other => other?,
        }
    }
    Ok(())
}

/// Removes a file or an empty folder; false for a folder with something in it.
fn remove_one(folder: &OwnedFd, name: &std::ffi::CStr) -> io::Result<bool> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) => return Ok(true),
        Err(Errno::ISDIR) => {}
        Err(error) => return Err(error.into()),
    }
    match unlinkat(folder, name, AtFlags::REMOVEDIR) {
        Ok(()) => Ok(true),
        Err(Errno::NOTEMPTY) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Opens a folder whatever mode its student gave it.
fn open_folder<P: rustix::path::Arg + Copy>(beneath: &OwnedFd, name: P) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(beneath, name, flags, Mode::empty()) {
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(beneath, name, Mode::RWXU, AtFlags::empty())?;
            openat(beneath, name, flags, Mode::empty())?
        }
        other => other?,
    };
    // Where the host is not root it needs the rights that the student took away.
    fchmod(&folder, Mode::RWXU)?;
    Ok(folder)
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_any_depth_and_mode_is_removed_and_no_link_followed() {
        let parent = tempfile::tempdir().unwrap();
        let outside = parent.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("kept"), b"").unwrap();
        let mut folder = {
            let top = parent.path().join("top");
            std::fs::create_dir(&top).unwrap();
            std::os::unix::fs::symlink(&outside, top.join("link")).unwrap();
            rustix::fs::open(&top, OFlags::DIRECTORY, Mode::empty()).unwrap()
        };
        for depth in 0..5000 {
            rustix::fs::mkdirat(&folder, "d", Mode::RWXU).unwrap();
            let next = openat(&folder, "d", OFlags::DIRECTORY, Mode::empty()).unwrap();
            if depth % 1000 == 500 {
                fchmod(&folder, Mode::empty()).unwrap();
            }
            folder = next;
        }
        remove_tree(parent.path(), "top").unwrap();
        assert!(!parent.path().join("top").exists());
        assert!(outside.join("kept").exists());
    }
}
