//! Reading and saving texts. A save is durable before it is answered, and never half there.

use std::io::{Read, Write};

use chrono::{DateTime, Utc};
use pythonide_link::{Refusal, RefusalKind};
use sha2::{Digest, Sha256};

use super::{
    Workspace,
    place::Place,
    refusals::{Doing, FileError, refuse},
    temporary::Temporary,
};

/// What a save was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base<'version> {
    /// Nothing: the file must not exist.
    New,
    /// The content of this version must still be there.
    Version(&'version str),
}

/// A save that is on disk to stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) version: String,
    pub(crate) at: DateTime<Utc>,
}

/// The text at `path` and its version.
pub(crate) fn read(
    workspace: &Workspace,
    path: &str,
    max_bytes: u64,
) -> Result<(String, String), FileError> {
    workspace.as_owner(|| {
        let (file, stat) = workspace.file(path)?;
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        file.take(max_bytes + 1).read_to_end(&mut bytes).doing("read a file")?;
        if size > max_bytes || bytes.len() as u64 > max_bytes {
            return refuse(
                RefusalKind::TooLarge,
                format!("The file is too large to edit here ({}; the limit is {}). It can be downloaded.", megabytes(size), megabytes(max_bytes)),
            );
        }
        let version = version_of(&bytes);
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok((text, version)),
            _ => refuse(RefusalKind::NotText, "The file is not text (or not in UTF-8). It can be downloaded."),
        }
    })
}

/// The first bytes, at most `max_bytes`, of the plain file at `path`, whatever they are.
pub(crate) fn beginning(
    workspace: &Workspace,
    path: &str,
    max_bytes: u64,
) -> Result<Vec<u8>, FileError> {
    workspace.as_owner(|| {
        let (file, _) = workspace.file(path)?;
        let mut bytes = Vec::new();
        file.take(max_bytes)
            .read_to_end(&mut bytes)
            .doing("read a file")?;
        Ok(bytes)
    })
}

/// Saves `text` at `path` if what is there is still `base`.
///
/// The caller lets only one change at a time into a workspace, so nothing of ours comes between the
/// comparison and the rename. A program of the student's own may; then its text is what is lost,
/// as with every editor.
pub(crate) fn save(
    workspace: &Workspace,
    path: &str,
    text: &str,
    base: Base<'_>,
) -> Result<Saved, FileError> {
    workspace.as_owner(|| {
        let place = workspace.place(path)?;
        let mode = compare(&place, base)?;
        let mut temporary = Temporary::make(workspace, place)?;
        temporary
            .file
            .write_all(text.as_bytes())
            .doing("write a file")?;
        temporary.finish(mode)?;
        temporary.put_in_place()?;
        Ok(Saved {
            version: version_of(text.as_bytes()),
            at: now(),
        })
    })
}

/// Names a content: SHA-256 in hexadecimal.
fn version_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The host's wall clock, in which saves are told.
pub(super) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// Checks that `base` is what is there; returns the mode that the file must have.
fn compare(place: &Place, base: Base<'_>) -> Result<u32, FileError> {
    let exists = place.look()?.is_some();
    match base {
        Base::New if exists => refuse(
            RefusalKind::AlreadyExists,
            format!("“{}” is already there. Choose another name.", place.name),
        ),
        Base::New => Ok(0o644),
        Base::Version(_) if !exists => refuse(
            RefusalKind::NotFound,
            "The file is no longer there: it was moved or deleted elsewhere.",
        ),
        Base::Version(version) => {
            let (mut file, stat) = place.file()?;
            let mut hash = Sha256::new();
            std::io::copy(&mut file, &mut Hashing(&mut hash)).doing("read a file")?;
            if hexadecimal(&hash.finalize()) == version {
                Ok(stat.st_mode & 0o777)
            } else {
                Err(Refusal::new(
                    RefusalKind::Conflict,
                    "The file was changed elsewhere since it was opened here.",
                )
                .into())
            }
        }
    }
}

/// Feeds what is written to it to a hash.
struct Hashing<'hash>(&'hash mut Sha256);

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}
