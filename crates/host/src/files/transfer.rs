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
    quotas::Quotas,
    refusals::{Doing, FileError, refuse},
    temporary::Temporary,
    text::{Saved, hexadecimal, now},
    trash,
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
        Ok(Self {
            workspace,
            quotas,
            room,
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
        if self.size > self.room {
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
            if let Some(id) = replaced {
                trash::restore(&workspace, id)?;
            }
            return Err(error);
        }
        quotas.add(
            &workspace,
            Usage {
                bytes: size,
                entries: 0,
            },
        );
        Ok(Saved {
            version: hexadecimal(&hash.finalize()),
            at: now(),
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
