//! How much is in a folder, whatever its owner has put there.

use std::{
    ffi::{CStr, CString},
    io,
    ops::AddAssign,
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
    time::Duration,
};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, chmod, fchmod, openat, statat},
    io::Errno,
};

/// Folders that are open at once.
const MAX_OPEN: usize = 64;

/// What files and folders take on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// As the disk counts it: holes take nothing.
    pub(crate) bytes: u64,
    /// Files, folders and all else that has a name.
    pub(crate) entries: u64,
}

impl Usage {
    /// Whether it is more than `most` in any way.
    pub(crate) fn exceeds(self, most: Self) -> bool {
        self.bytes > most.bytes || self.entries > most.entries
    }

    /// When it will be `most` if it goes on to grow as it has in the time `since` it was `before`; `None` if it does not.
    pub(crate) fn until(self, most: Self, before: Self, since: Duration) -> Option<Duration> {
        let until = |most: u64, now: u64, before: u64| {
            let grown = now.saturating_sub(before);
            let left = u128::from(most.saturating_sub(now));
            let nanos = (since.as_nanos() * left).checked_div(u128::from(grown))?;
            Some(Duration::from_nanos(
                u64::try_from(nanos).unwrap_or(u64::MAX),
            ))
        };
        [
            until(most.bytes, self.bytes, before.bytes),
            until(most.entries, self.entries, before.entries),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.entries = self.entries.saturating_add(other.entries);
    }
}

/// What is in `folder`, or a part of it that exceeds `enough`.
///
/// Looks with the host's own rights, for an owner may have shut a folder to all: it opens nothing but
/// folders and follows no link. Where the host is not root, and so the owner itself, it opens what was shut to the owner
/// again, and else changes nothing.
///
/// # Errors
/// When the disk fails, and when somebody shuts a folder again and again.
pub(crate) fn usage(folder: &Path, enough: Usage) -> io::Result<Usage> {
    usage_within(rustix::fs::open(folder, FOLDER, Mode::empty())?, enough)
}

/// The same for a folder that is open.
pub(super) fn usage_within(top: OwnedFd, enough: Usage) -> io::Result<Usage> {
    let mut found = Usage::default();
    let mut levels = vec![Level::read(top, &mut found, enough)?];
    while let Some(level) = levels.last_mut() {
        if found.exceeds(enough) {
            break;
        }
        let Some(name) = level.folders.pop() else {
            let done = levels.pop().and_then(|level| level.folder);
            if let (Some(done), Some(above)) = (done, levels.last_mut())
                && above.folder.is_none()
            {
                // If it was moved meanwhile this leads elsewhere among what its owner has made.
                above.folder = Some(in_folder(&done, || {
                    openat(&done, "..", FOLDER, Mode::empty())
                })?);
            }
            continue;
        };
        let Some(folder) = &level.folder else {
            continue;
        };
        match open_inner(folder, &name) {
            Ok(inner) => levels.push(Level::read(inner, &mut found, enough)?),
            // Removed or replaced meanwhile, or shut to us by another.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::PERM) => {}
            Err(error) => return Err(error.into()),
        }
        // However deep it goes, so many are open.
        if let Some(above) = levels.len().checked_sub(MAX_OPEN)
            && let Some(level) = levels.get_mut(above)
        {
            level.folder = None;
        }
    }
    Ok(found)
}

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A folder that is being gone through, and the names of those in it that are not yet.
struct Level {
    /// Closed while what lies far below it is gone through.
    folder: Option<OwnedFd>,
    folders: Vec<CString>,
}

impl Level {
    /// Reads a folder and adds what lies in it to `found`, until that exceeds `enough`.
    fn read(folder: OwnedFd, found: &mut Usage, enough: Usage) -> io::Result<Self> {
        let mut folders = Vec::new();
        for entry in in_folder(&folder, || Dir::read_from(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let status = in_folder(&folder, || statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW));
            let status = match status {
                Err(Errno::NOENT | Errno::PERM) => continue,
                other => other?,
            };
            *found += Usage {
                bytes: u64::try_from(status.st_blocks).unwrap_or(0) * BLOCK,
                entries: 1,
            };
            if FileType::from_raw_mode(status.st_mode) == FileType::Directory {
                folders.push(name.to_owned());
            }
            if found.exceeds(enough) {
                break;
            }
        }
        Ok(Self {
            folder: Some(folder),
            folders,
        })
    }
}

/// Does something in a folder; where the owner may not, the owner may again.
///
/// Errors: `PERM` when it is another's folder.
fn in_folder<T>(folder: &OwnedFd, attempt: impl Fn() -> Result<T, Errno>) -> Result<T, Errno> {
    match attempt() {
        Err(Errno::ACCESS) => {
            fchmod(folder, Mode::RWXU)?;
            attempt()
        }
        done => done,
    }
}

/// Opens a folder in a folder, also one that its owner may not look into.
fn open_inner(folder: &OwnedFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let open = || openat(folder, name, FOLDER, Mode::empty());
    match open() {
        Err(Errno::ACCESS) => {
            let shut = in_folder(folder, || {
                openat(folder, name, FOLDER | OFlags::PATH, Mode::empty())
            })?;
            // By its descriptor, so that it is this folder and nothing that a link leads to.
            chmod(format!("/proc/self/fd/{}", shut.as_raw_fd()), Mode::RWXU)?;
            open()
        }
        opened => opened,
    }
}

/// What the system counts files in, whatever the disk's own blocks are.
const BLOCK: u64 = 512;

#[cfg(test)]
mod tests {
    use super::*;

    const MUCH: Usage = Usage {
        bytes: u64::MAX - 1,
        entries: u64::MAX - 1,
    };

    #[test]
    fn all_that_has_a_name_counts_and_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::write(at("a/b/file"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/usr", at("link")).unwrap();
        let found = usage(folder.path(), MUCH).unwrap();
        assert_eq!(found.entries, 4);
        assert!((100_000..200_000).contains(&found.bytes), "{found:?}");
    }

    #[test]
    fn what_lies_in_folders_that_are_shut_to_their_owner_counts() {
        use std::os::unix::fs::PermissionsExt;

        use pythonide_sandbox::{Identity, identity};

        let look = || {
            let folder = tempfile::tempdir().unwrap();
            for (name, mode) in [("shut", 0), ("seen", 0o444), ("used", 0o111)] {
                let shut = folder.path().join(name);
                std::fs::create_dir_all(shut.join("inner")).unwrap();
                std::fs::write(shut.join("inner/file"), b"").unwrap();
                std::fs::set_permissions(&shut, PermissionsExt::from_mode(mode)).unwrap();
            }
            let mode = |at: &Path| at.metadata().unwrap().permissions().mode() & 0o777;
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
            let entries = usage(folder.path(), MUCH).unwrap().entries;
            assert_eq!(mode(folder.path()), 0o755);
            entries
        };
        // Of root's look nothing is shut; a host that is not root looks as the owner.
        assert_eq!(look(), 9);
        if identity::is_root() {
            assert_eq!(identity::as_owner(Identity::of(54_321), look), 9);
        }
    }

    #[test]
    fn looking_ends_when_it_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..50 {
            std::fs::write(folder.path().join(number.to_string()), b"").unwrap();
        }
        let enough = Usage {
            bytes: u64::MAX,
            entries: 10,
        };
        let found = usage(folder.path(), enough).unwrap();
        assert_eq!(found.entries, 11);
        assert!(found.exceeds(enough));
    }

    #[test]
    fn a_tree_deeper_than_any_path_is_gone_through() {
        let folder = tempfile::tempdir().unwrap();
        let mut here = rustix::fs::open(folder.path(), FOLDER, Mode::empty()).unwrap();
        for depth in 0..1000 {
            rustix::fs::mkdirat(&here, "e".repeat(50), Mode::RWXU).unwrap();
            if depth % 10 == 0 {
                rustix::fs::mkdirat(&here, "beside", Mode::RWXU).unwrap();
            }
            here = openat(&here, "e".repeat(50), FOLDER, Mode::empty()).unwrap();
        }
        assert_eq!(usage(folder.path(), MUCH).unwrap().entries, 1100);
    }
}
