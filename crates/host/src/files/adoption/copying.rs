//! Copying a home's files to where nothing is in their way, durably.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    os::fd::OwnedFd,
};

use pythonide_sandbox::identity::as_owner;
use rustix::{
    fs::{
        AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, fchmod, fstat, fsync, futimens,
        linkat, mkdirat, openat, statat, unlinkat,
    },
    io::Errno,
};
use uuid::Uuid;

use super::{Entry, Walk, open_plain};
use crate::files::{RESERVED_PREFIX, place::open_folder, temporary};

/// Read at once while two files are compared.
const PIECE: usize = 64 * 1024;

impl Walk {
    /// Copies what is in a folder into another; into none, it only says what it would copy.
    pub(super) fn copy_folder(
        &mut self,
        from: &OwnedFd,
        to: Option<&OwnedFd>,
        path: &str,
        depth: usize,
    ) {
        for entry in self.entries(from, path, depth) {
            if entry
                .name
                .to_bytes()
                .starts_with(RESERVED_PREFIX.as_bytes())
            {
                let told = format!("{} (a name that is kept for this program)", entry.path);
                self.adopted.skipped.push(told);
                continue;
            }
            let there = match to.map(|to| statat(to, &entry.name, AtFlags::SYMLINK_NOFOLLOW)) {
                None | Some(Err(Errno::NOENT)) => None,
                Some(Ok(stat)) => Some(FileType::from_raw_mode(stat.st_mode)),
                Some(Err(error)) => {
                    self.fail(&entry.path, error);
                    continue;
                }
            };
            let copied = match (FileType::from_raw_mode(entry.stat.st_mode), there) {
                (FileType::RegularFile, None) => self.copy_file(from, to, &entry),
                (FileType::RegularFile, Some(FileType::RegularFile)) => {
                    self.compare(from, to, &entry)
                }
                (FileType::Directory, None) => self.copy_new_folder(from, to, &entry, depth),
                (FileType::Directory, Some(FileType::Directory)) => {
                    self.copy_into(from, to, &entry, depth)
                }
                (FileType::RegularFile | FileType::Directory, Some(_)) => {
                    self.adopted.differing.push(entry.path.clone());
                    Ok(())
                }
                (kind, _) => {
                    self.skip(&entry, kind);
                    Ok(())
                }
            };
            if let Err(error) = copied {
                self.fail(&entry.path, error);
            }
        }
        if let (Some(to), Some(_)) = (to, self.owner)
            && let Err(error) = fsync(to)
        {
            self.fail(path, error);
        }
    }

    fn copy_new_folder(
        &mut self,
        from: &OwnedFd,
        to: Option<&OwnedFd>,
        entry: &Entry,
        depth: usize,
    ) -> io::Result<()> {
        let child = open_folder(from, entry.name.as_c_str())?;
        let (Some(to), Some(owner)) = (to, self.owner) else {
            self.adopted.made += 1;
            self.copy_folder(&child, None, &entry.path, depth + 1);
            return Ok(());
        };
        as_owner(owner, || mkdirat(to, &entry.name, Mode::RWXU))?;
        self.adopted.made += 1;
        let made = open_folder(to, entry.name.as_c_str())?;
        self.copy_folder(&child, Some(&made), &entry.path, depth + 1);
        // Last, for it may keep its owner out.
        as_owner(owner, || fchmod(&made, permissions(entry)))?;
        Ok(fsync(&made)?)
    }

    fn copy_into(
        &mut self,
        from: &OwnedFd,
        to: Option<&OwnedFd>,
        entry: &Entry,
        depth: usize,
    ) -> io::Result<()> {
        let child = open_folder(from, entry.name.as_c_str())?;
        let there = to.map(|to| open_folder(to, entry.name.as_c_str()));
        self.copy_folder(&child, there.transpose()?.as_ref(), &entry.path, depth + 1);
        Ok(())
    }

    fn compare(&mut self, from: &OwnedFd, to: Option<&OwnedFd>, entry: &Entry) -> io::Result<()> {
        let left = open_plain(from, entry)?;
        let is_same = match to {
            Some(to) => has_same_content(left, open_plain(to, entry)?)?,
            None => false,
        };
        if is_same {
            self.adopted.same += 1;
        } else {
            self.adopted.differing.push(entry.path.clone());
        }
        Ok(())
    }

    /// Writes a file beside its place, which it takes when it is whole and durable, unless somebody was there first.
    fn copy_file(&mut self, from: &OwnedFd, to: Option<&OwnedFd>, entry: &Entry) -> io::Result<()> {
        let mut source = File::from(open_plain(from, entry)?);
        let (Some(to), Some(owner)) = (to, self.owner) else {
            self.adopted.copied += 1;
            return Ok(());
        };
        let name = format!("{}{}", temporary::PREFIX, Uuid::new_v4());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let placed = as_owner(owner, || {
            let mut file = File::from(openat(to, &name, flags, Mode::RUSR | Mode::WUSR)?);
            let written = write(&mut source, &mut file, entry);
            // And not a rename: that would replace what has come there meanwhile.
            let placed =
                written.and_then(|()| Ok(linkat(to, &name, to, &entry.name, AtFlags::empty())?));
            unlinkat(to, &name, AtFlags::empty())?;
            placed
        });
        match placed {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.adopted.differing.push(entry.path.clone());
            }
            other => {
                other?;
                self.adopted.copied += 1;
            }
        }
        Ok(())
    }
}

fn write(source: &mut File, file: &mut File, entry: &Entry) -> io::Result<()> {
    io::copy(source, file)?;
    fchmod(&*file, permissions(entry))?;
    let modified = Timespec {
        tv_sec: entry.stat.st_mtime,
        tv_nsec: entry.stat.st_mtime_nsec.try_into().unwrap_or_default(),
    };
    let times = Timestamps {
        last_access: modified,
        last_modification: modified,
    };
    futimens(&*file, &times)?;
    file.sync_all()
}

/// The permissions of the original, without what makes a program somebody else's.
fn permissions(entry: &Entry) -> Mode {
    Mode::from_raw_mode(entry.stat.st_mode & 0o777)
}

fn has_same_content(left: OwnedFd, right: OwnedFd) -> io::Result<bool> {
    if fstat(&left)?.st_size != fstat(&right)?.st_size {
        return Ok(false);
    }
    let reader = |file: OwnedFd| BufReader::with_capacity(PIECE, File::from(file));
    let (mut left, mut right) = (reader(left), reader(right));
    loop {
        let (ours, theirs) = (left.fill_buf()?, right.fill_buf()?);
        let length = ours.len().min(theirs.len());
        if length == 0 {
            return Ok(ours.is_empty() && theirs.is_empty());
        }
        if ours[..length] != theirs[..length] {
            return Ok(false);
        }
        left.consume(length);
        right.consume(length);
    }
}
