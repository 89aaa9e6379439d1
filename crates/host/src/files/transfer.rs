//! Uploads and downloads, piece by piece.

use std::io::{Read, Write};

use bytes::Bytes;
use pythonide_link::RefusalKind;
use sha2::{Digest, Sha256};

use super::{
    Workspace,
    place::Place,
    refusals::{Doing, FileError, refuse},
    temporary::Temporary,
    text::{Saved, hexadecimal, now},
    trash,
};

/// The piece of a download.
const PIECE: usize = 64 << 10;

/// The size of the file at `path`, then its content in pieces to `send`, until that returns false.
pub(crate) fn download(
    workspace: &Workspace,
    path: &str,
    mut send: impl FnMut(Piece) -> bool,
) -> Result<(), FileError> {
    // Opened with the owner's rights; what is open stays readable, and sending may take long.
    let (mut file, stat) = workspace.as_owner(|| workspace.file(path))?;
    if !send(Piece::Size(u64::try_from(stat.st_size).unwrap_or(0))) {
        return Ok(());
    }
    loop {
        let mut bytes = vec![0; PIECE];
        let count = file.read(&mut bytes).doing("read a file")?;
        bytes.truncate(count);
        if count == 0 || !send(Piece::Bytes(bytes.into())) {
            return Ok(());
        }
    }
}

/// What a download sends.
#[derive(Debug)]
pub(crate) enum Piece {
    Size(u64),
    Bytes(Bytes),
}

/// A file that is being uploaded. Dropped before its end it leaves nothing.
pub(crate) struct Upload {
    workspace: Workspace,
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
        path: String,
        replace: bool,
        max_bytes: u64,
    ) -> Result<Self, FileError> {
        let place = workspace.as_owner(|| {
            let place = workspace.place(&path)?;
            check_free(&place, replace)?;
            Ok::<_, FileError>(place)
        })?;
        let temporary = Temporary::make(&workspace, place)?;
        Ok(Self {
            workspace,
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
        self.hash.update(bytes);
        self.temporary.file.write_all(bytes).doing("write a file")
    }

    /// Puts the whole file in its place; what was there goes to the trash.
    pub(crate) fn end(self) -> Result<Saved, FileError> {
        let place = self.temporary.place();
        if self.replace && self.workspace.as_owner(|| place.look())?.is_some() {
            trash::delete(&self.workspace, &self.path)?;
        }
        self.workspace.as_owner(|| check_free(place, false))?;
        self.temporary.put_in_place(0o644)?;
        Ok(Saved {
            version: hexadecimal(&self.hash.finalize()),
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
