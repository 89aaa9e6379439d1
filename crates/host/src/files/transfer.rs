//! Uploads and downloads, piece by piece.

use std::{
    fs::File,
    io::{Read, Write},
};

use bytes::Bytes;
use pythonide_link::RefusalKind;
use sha2::{Digest, Sha256};

use super::{
    Workspace,
    place::Place,
    quotas::{Arriving, Quotas},
    refusals::{Doing, FileError, refuse},
    temporary::Temporary,
    text::{Saved, hexadecimal, now},
    trash,
    upkeep::PutAside,
    usage::Usage,
};

/// The piece of a download.
const PIECE: usize = 64 << 10;

/// A file that is being downloaded.
#[derive(Debug)]
pub(crate) struct Download {
    file: File,
    /// In bytes, when it was opened; it may grow or shrink since.
    pub(crate) size: u64,
}

impl Download {
    /// Opens the file at `path` with its owner's rights; what is open stays readable.
    pub(crate) fn open(workspace: &Workspace, path: &str) -> Result<Self, FileError> {
        let (file, stat) = workspace.as_owner(|| workspace.file(path))?;
        Ok(Self {
            file,
            size: u64::try_from(stat.st_size).unwrap_or(0),
        })
    }

    /// The next piece; an empty one is the end.
    pub(crate) fn read(&mut self) -> Result<Bytes, FileError> {
        let mut bytes = vec![0; PIECE];
        let count = self.file.read(&mut bytes).doing("read a file")?;
        bytes.truncate(count);
        Ok(bytes.into())
    }
}

/// A file that is being uploaded. Dropped before its end it leaves nothing.
pub(crate) struct Upload {
    workspace: Workspace,
    quotas: Quotas,
    /// What its owner's files may be more, in bytes.
    room: u64,
    arriving: Arriving,
    path: String,
    replace: bool,
    max_bytes: u64,
    temporary: Temporary,
    hash: Sha256,
    size: u64,
}

impl Upload {
    /// Begins an upload to `path`, whose name must be free unless it may `replace`.
    pub(crate) fn begin(
        workspace: Workspace,
        quotas: Quotas,
        path: String,
        replace: bool,
        max_bytes: u64,
    ) -> Result<Self, FileError> {
        let place = workspace.as_owner(|| {
            let place = workspace.place(&path)?;
            check_free(&place, replace)?;
            Ok::<_, FileError>(place)
        })?;
        let room = quotas.room(&workspace)?;
        let temporary = Temporary::make(&workspace, place)?;
        let arriving = quotas.arriving(workspace.owner());
        Ok(Self {
            workspace,
            quotas,
            room,
            arriving,
            path,
            replace,
            max_bytes,
            temporary,
            hash: Sha256::new(),
            size: 0,
        })
    }

    /// Adds the next piece.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.size += bytes.len() as u64;
        if self.size > self.max_bytes {
            return refuse(
                RefusalKind::TooLarge,
                format!(
                    "The file is larger than {} MB, the most that can be uploaded.",
                    self.max_bytes >> 20
                ),
            );
        }
        let arriving = self.arriving.add(bytes.len() as u64);
        if arriving > self.room {
            // Something may have been deleted since.
            self.room = self.quotas.room_now(&self.workspace)?;
        }
        if arriving > self.room {
            return self.quotas.refuse(true);
        }
        self.hash.update(bytes);
        self.temporary.file.write_all(bytes).doing("write a file")
    }

    /// Puts the whole file in its place; what was there goes to the trash.
    pub(crate) fn end(self) -> Result<Saved, FileError> {
        let Self {
            workspace,
            quotas,
            path,
            replace,
            temporary,
            hash,
            size,
            ..
        } = self;
        // All that needs room is done before anything that is there is touched.
        temporary.finish(0o644)?;
        // There was room when it began; others may have taken it since.
        let one = Usage {
            bytes: size,
            entries: 1,
        };
        quotas.check(&workspace, one)?;
        let is_taken = workspace.as_owner(|| temporary.place().look())?.is_some();
        let replaced = if replace && is_taken {
            Some(trash::delete(&workspace, &path)?)
        } else {
            None
        };
        let placed = workspace
            .as_owner(|| check_free(temporary.place(), false))
            .and_then(|()| temporary.put_in_place());
        if let Err(error) = placed {
            if let Some(replaced) = replaced {
                trash::restore(&workspace, replaced.id)?;
            }
            return Err(error);
        }
        Ok(Saved {
            version: hexadecimal(&hash.finalize()),
            at: now(),
            put_aside: replaced.map_or(PutAside::Bytes(0), |replaced| replaced.put_aside),
        })
    }
}

fn check_free(place: &Place, replace: bool) -> Result<(), FileError> {
    match place.look()? {
        Some(_) if !replace => refuse(
            RefusalKind::AlreadyExists,
            format!("“{}” is already there.", place.name),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::temporary::tests::{host, workspace};

    fn quotas() -> Quotas {
        Quotas::new(Usage {
            bytes: 150_000,
            entries: 100,
        })
    }

    /// An upload of which so many bytes have come.
    fn begin(workspace: &Workspace, quotas: &Quotas, name: &str, bytes: usize) -> Upload {
        let (workspace, quotas) = (workspace.clone(), quotas.clone());
        let begun = Upload::begin(workspace, quotas, name.to_owned(), false, u64::MAX);
        let mut upload = begun.unwrap();
        upload.write(&vec![1; bytes]).unwrap();
        upload
    }

    fn is_for_room<T>(done: Result<T, FileError>) -> bool {
        matches!(done, Err(FileError::Refused(refusal)) if refusal.kind == RefusalKind::QuotaFull)
    }

    #[test]
    fn what_is_on_its_way_takes_no_more_than_there_is_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path(), &host(), 1);
        let quotas = quotas();
        let mut first = begin(&workspace, &quotas, "a.bin", 100_000);
        let mut second = begin(&workspace, &quotas, "b.bin", 40_000);
        assert!(is_for_room(second.write(&vec![1; 20_000])));
        drop(second);
        // What broke off takes nothing.
        first.write(&vec![1; 40_000]).unwrap();
        first.end().unwrap();
    }

    #[test]
    fn what_was_deleted_since_the_last_look_leaves_room() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path(), &host(), 1);
        let quotas = quotas();
        let first = begin(&workspace, &quotas, "a.bin", 100_000);
        first.end().unwrap();
        trash::delete(&workspace, "a.bin").unwrap();
        let second = begin(&workspace, &quotas, "b.bin", 100_000);
        second.end().unwrap();
    }

    #[test]
    fn an_upload_that_began_before_another_ended_does_not_take_the_same_room() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path(), &host(), 1);
        let quotas = quotas();
        let first = begin(&workspace, &quotas, "a.bin", 100_000);
        let mut second = begin(&workspace, &quotas, "b.bin", 0);
        first.end().unwrap();
        second.write(&vec![1; 100_000]).unwrap();
        assert!(is_for_room(second.end()));
        assert!(!folder.path().join("Local/ada/b.bin").exists());
    }
}
