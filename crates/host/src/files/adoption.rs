//! Bringing the files of an older installation to a home here: for the operator's commands, beside a host or without one.
//!
//! Nothing is overwritten or removed, no link is followed, and doing it again does only what is left. What is read is read
//! with this process's own rights; what is written is written with the new owner's.

mod copying;

use std::{
    ffi::CString,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use pythonide_sandbox::{Identity, identity::is_root};
use rustix::{
    fs::{AtFlags, Dir, FileType, Gid, OFlags, Stat, Uid, fchown, fstat, statat},
    io::Errno,
};

use super::{
    RESERVED_PREFIX, Root,
    place::{HOMES, open_beneath, open_folder, open_own_folder},
};

/// Folders within folders that are gone into; each holds a few descriptors.
const MAX_DEPTH: usize = 100;

/// The folder of the homes of an older installation.
#[derive(Debug)]
pub struct OldHomes {
    opened: OwnedFd,
    path: PathBuf,
}

impl OldHomes {
    /// Opens `Local` in the folder of all files.
    ///
    /// # Errors
    /// When there is no such folder, or a link is in its place.
    pub fn open(files: &Path) -> io::Result<Self> {
        let path = files.canonicalize()?.join(HOMES);
        Ok(Self {
            opened: open_own_folder(&path)?,
            path,
        })
    }

    /// Opens where what was deleted from the homes in the folder `files` is, as another folder of homes.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_trash(files: &Path) -> io::Result<Self> {
        Self::open(&files.join(RESERVED_PREFIX).join("trash"))
    }

    /// Whether these are the homes in the folder `files` themselves. That need not exist.
    ///
    /// # Errors
    /// When one is within the other, or the new ones cannot be looked at.
    pub fn are_those_in(&self, files: &Path) -> io::Result<bool> {
        let files = match files.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(files)?,
            other => other?,
        };
        let new = files.join(HOMES);
        let old = fstat(&self.opened)?;
        match rustix::fs::lstat(&new) {
            Ok(stat) if (stat.st_dev, stat.st_ino) == (old.st_dev, old.st_ino) => Ok(true),
            Err(error) if error != Errno::NOENT => Err(error.into()),
            _ if new.starts_with(&self.path) || self.path.starts_with(&new) => Err(
                io::Error::other("the old homes and the new ones cannot be within each other"),
            ),
            _ => Ok(false),
        }
    }
}

/// One home that is brought over.
#[derive(Debug)]
pub struct Adoption<'a> {
    /// Where it was.
    pub old: &'a OldHomes,
    /// Its name there: a single part of a path.
    pub old_name: &'a str,
    /// Where it comes to; `None` if nothing is there yet, which can only be tried.
    pub root: Option<&'a Root>,
    /// Its name here. The home must have been made, unless it is only tried.
    pub username: &'a str,
    /// Who gets the files; `None` if that is not known yet, which can only be tried.
    pub owner: Option<Identity>,
    /// Whether the old homes are the new ones, so that a home of the same name stays where it is.
    pub in_place: bool,
    /// Whether nothing is changed.
    pub dry_run: bool,
}

/// What was done for a home; paths are those in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// There was no folder of that name.
    pub is_missing: bool,
    /// Files that were copied.
    pub copied: u64,
    /// Folders that were made.
    pub made: u64,
    /// Files and folders that were given to their owner where they were.
    pub given: u64,
    /// Files that are as they must be already.
    pub same: u64,
    /// What was left as it is, for something else is at its place.
    pub differing: Vec<String>,
    /// What is no plain file or folder, or is not a home's alone.
    pub skipped: Vec<String>,
    /// What could not be brought, with the reason.
    pub problems: Vec<String>,
}

impl Adopted {
    /// Whether anything is different now.
    pub fn has_changed(&self) -> bool {
        self.copied + self.made + self.given > 0
    }
}

impl Adoption<'_> {
    /// Brings the home's files. A single file's fault is told in the answer and keeps no other back.
    pub fn carry_out(&self) -> Adopted {
        let mut walk = Walk {
            owner: self.owner.filter(|_| !self.dry_run),
            new_owner: self.owner,
            adopted: Adopted::default(),
        };
        match open_folder(&self.old.opened, self.old_name) {
            Ok(from) if self.in_place && self.old_name == self.username => {
                walk.give_folder(&from, "", 0);
            }
            Ok(from) => match self.new_home() {
                Ok(to) => walk.copy_folder(&from, to.as_ref(), "", 0),
                Err(error) => walk.adopted.problems.push(format!("the new home: {error}")),
            },
            Err(Errno::NOENT) => walk.adopted.is_missing = true,
            Err(Errno::LOOP | Errno::NOTDIR) => {
                let what = "the home, which is a link or no folder";
                walk.adopted.skipped.push(what.to_owned());
            }
            Err(error) => walk.adopted.problems.push(format!("the old home: {error}")),
        }
        walk.adopted
    }

    fn new_home(&self) -> io::Result<Option<OwnedFd>> {
        let Some(root) = self.root else {
            return Ok(None);
        };
        let opened = open_own_folder(&root.path().join(HOMES))
            .and_then(|homes| open_folder(&homes, self.username));
        match opened {
            Ok(home) => Ok(Some(home)),
            Err(Errno::NOENT) if self.dry_run => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A home on its way.
struct Walk {
    /// Who gets what is written; `None` while it is only tried.
    owner: Option<Identity>,
    /// Who would.
    new_owner: Option<Identity>,
    adopted: Adopted,
}

/// What a folder holds.
struct Entry {
    name: CString,
    /// In the home, as it is told.
    path: String,
    stat: Stat,
}

impl Walk {
    /// Gives what is in a folder, and the folders in it, to the owner.
    fn give_folder(&mut self, folder: &OwnedFd, path: &str, depth: usize) {
        for entry in self.entries(folder, path, depth) {
            let given = match FileType::from_raw_mode(entry.stat.st_mode) {
                FileType::Directory => open_folder(folder, entry.name.as_c_str()).map(|child| {
                    self.give_folder(&child, &entry.path, depth + 1);
                    self.give(&child, &entry)
                }),
                FileType::RegularFile => {
                    open_plain(folder, &entry).map(|file| self.give(&file, &entry))
                }
                kind => {
                    self.skip(&entry, kind);
                    continue;
                }
            };
            if let Err(error) = given.and_then(|given| given) {
                self.fail(&entry.path, error);
            }
        }
    }

    fn give(&mut self, opened: &OwnedFd, entry: &Entry) -> rustix::io::Result<()> {
        let found = fstat(opened)?;
        let is_theirs = self
            .new_owner
            .is_some_and(|owner| (found.st_uid, found.st_gid) == (owner.uid, owner.gid));
        if !is_root() && found.st_uid != Identity::own().uid {
            let uid = found.st_uid;
            let told = format!(
                "{}: belongs to uid {uid}; only root can give it away",
                entry.path
            );
            self.adopted.problems.push(told);
            return Ok(());
        }
        if is_theirs || !is_root() {
            self.adopted.same += u64::from(is_file(&entry.stat));
            return Ok(());
        }
        // Whoever has another name of it would lose the file, or has it from elsewhere.
        if is_file(&found) && found.st_nlink > 1 {
            let told = format!("{} (a file with other names)", entry.path);
            self.adopted.skipped.push(told);
            return Ok(());
        }
        if let Some(owner) = self.owner {
            fchown(
                opened,
                Some(Uid::from_raw(owner.uid)),
                Some(Gid::from_raw(owner.gid)),
            )?;
        }
        self.adopted.given += 1;
        Ok(())
    }

    /// Lists a folder by name; what cannot be listed is a problem of the folder's.
    fn entries(&mut self, folder: &OwnedFd, path: &str, depth: usize) -> Vec<Entry> {
        if depth > MAX_DEPTH {
            let told = format!("{path}: more than {MAX_DEPTH} folders within each other");
            self.adopted.problems.push(told);
            return Vec::new();
        }
        let mut entries = Vec::new();
        let listed = Dir::read_from(folder).and_then(|listing| {
            for name in listing {
                let name = name?.file_name().to_owned();
                if [c".", c".."].contains(&name.as_c_str()) {
                    continue;
                }
                let shown = name.to_string_lossy();
                let path = match path {
                    "" => shown.into_owned(),
                    _ => format!("{path}/{shown}"),
                };
                match statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => entries.push(Entry { name, path, stat }),
                    // Removed while the folder was listed.
                    Err(Errno::NOENT) => {}
                    Err(error) => self.fail(&path, error),
                }
            }
            Ok(())
        });
        if let Err(error) = listed {
            self.fail(path, error);
        }
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        entries
    }

    fn skip(&mut self, entry: &Entry, kind: FileType) {
        let what = match kind {
            FileType::Symlink => "a link",
            FileType::Fifo => "a pipe",
            FileType::Socket => "a socket",
            _ => "a device",
        };
        let told = format!("{} ({what})", entry.path);
        self.adopted.skipped.push(told);
    }

    fn fail(&mut self, path: &str, error: impl Into<io::Error>) {
        let path = if path.is_empty() { "the home" } else { path };
        let told = format!("{path}: {}", error.into());
        self.adopted.problems.push(told);
    }
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Opens what was a plain file when the folder was listed, for reading. Opening a pipe would wait for its other end.
fn open_plain(folder: &OwnedFd, entry: &Entry) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = open_beneath(folder, entry.name.as_c_str(), flags)?;
    if is_file(&fstat(&file)?) {
        Ok(file)
    } else {
        Err(Errno::INVAL)
    }
}
