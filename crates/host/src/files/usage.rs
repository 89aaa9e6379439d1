//! How much is in a folder, whatever its owner has put there.

use std::{ffi::CString, io, ops::AddAssign, os::fd::OwnedFd, path::Path};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat},
    io::Errno,
};

/// Deeper folders are not gone into: each level takes a descriptor, and nobody needs so many.
const MAX_DEPTH: usize = 200;

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
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.entries = self.entries.saturating_add(other.entries);
    }
}

/// What is in `folder`, or a part of it that exceeds `enough`; a folder that is too deep exceeds everything.
///
/// Looks with the host's own rights, for an owner may have shut a folder to all: it opens nothing but
/// folders, follows no link and changes nothing.
pub(crate) fn usage(folder: &Path, enough: Usage) -> io::Result<Usage> {
    let mut found = Usage::default();
    let top = Level::read(
        rustix::fs::open(folder, FOLDER, Mode::empty())?,
        &mut found,
        enough,
    )?;
    let mut open = vec![top];
    while let Some(level) = open.last_mut() {
        if found.exceeds(enough) {
            break;
        }
        let Some(name) = level.folders.pop() else {
            open.pop();
            continue;
        };
        match openat(&level.folder, &name, FOLDER, Mode::empty()) {
            Ok(inner) if open.len() < MAX_DEPTH => {
                open.push(Level::read(inner, &mut found, enough)?);
            }
            Ok(_) => {
                return Ok(Usage {
                    bytes: u64::MAX,
                    entries: u64::MAX,
                });
            }
            // Removed or replaced meanwhile, or shut to us where the host is not root.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A folder that is being gone through, and the names of those in it that are not yet.
struct Level {
    folder: OwnedFd,
    folders: Vec<CString>,
}

impl Level {
    /// Reads a folder and adds what lies in it to `found`, until that exceeds `enough`.
    fn read(folder: OwnedFd, found: &mut Usage, enough: Usage) -> io::Result<Self> {
        let mut folders = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let status = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
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
        Ok(Self { folder, folders })
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
    fn a_tree_that_is_too_deep_exceeds_everything() {
        let folder = tempfile::tempdir().unwrap();
        let deep = vec!["d"; MAX_DEPTH + 1].join("/");
        std::fs::create_dir_all(folder.path().join(deep)).unwrap();
        assert!(usage(folder.path(), MUCH).unwrap().exceeds(MUCH));
    }
}
