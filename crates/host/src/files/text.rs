//! Reading and saving texts. A save is durable before it is answered, and never half there.

use std::io::{Read, Write};

use chrono::{DateTime, Utc};
use pythonide_link::RefusalKind;
use sha2::{Digest, Sha256};

use super::{
    Workspace,
    place::Place,
    quotas::Quotas,
    refusals::{Doing, FileError, refuse},
    temporary::Temporary,
    trash::make_parents,
    upkeep::PutAside,
    usage::Usage,
    versions::{Origin, Versions},
};

/// The largest content that is kept when a save replaces what a program has written: more than the editor opens.
const MAX_FOUND_BYTES: u64 = 16 << 20;

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
    pub(crate) put_aside: PutAside,
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

/// Fails unless there is a plain file at `path`, whatever is in it.
pub(crate) fn ensure_file(workspace: &Workspace, path: &str) -> Result<(), FileError> {
    workspace.as_owner(|| workspace.file(path).map(drop))
}

/// Saves `text` at `path` if what is there is still `base`.
///
/// The caller lets only one change at a time into a workspace, so nothing of ours comes between the
/// comparison and the rename. A program of the student's own may; then its text is what is lost,
/// as with every editor.
pub(crate) fn save(
    workspace: &Workspace,
    quotas: &Quotas,
    path: &str,
    text: &str,
    base: Base<'_>,
) -> Result<Saved, FileError> {
    replace(
        workspace,
        quotas,
        path,
        text.as_bytes(),
        base,
        Origin::Saved,
    )
}

/// Brings back what the file at `path` once was, if what is there is still `base`.
pub(crate) fn restore_version(
    workspace: &Workspace,
    quotas: &Quotas,
    path: &str,
    version: &str,
    base: Base<'_>,
) -> Result<Saved, FileError> {
    let path = workspace.checked(path)?;
    let bytes = Versions::of(workspace).content(path, version, MAX_FOUND_BYTES)?;
    if base == Base::New {
        workspace.as_owner(|| make_parents(workspace, path))?;
    }
    replace(workspace, quotas, path, &bytes, base, Origin::Restored)
}

fn replace(
    workspace: &Workspace,
    quotas: &Quotas,
    path: &str,
    bytes: &[u8],
    base: Base<'_>,
    origin: Origin,
) -> Result<Saved, FileError> {
    let path = workspace.checked(path)?;
    let versions = Versions::of(workspace);
    let is_kept = match base {
        Base::New => true,
        Base::Version(version) => versions.is_last(path, version)?,
    };
    let before = workspace.as_owner(|| Before::look(workspace, path, base, !is_kept))?;
    quotas.check(
        workspace,
        Usage {
            bytes: (bytes.len() as u64).saturating_sub(before.size),
            entries: u64::from(base == Base::New),
        },
    )?;
    let mut kept = bytes.len();
    if let (Some(found), Base::Version(version)) = (before.found, base) {
        kept += found.len();
        versions.keep(path, version, &found, Origin::Found)?;
    }
    let mut temporary = Temporary::make(workspace, before.place)?;
    temporary.file.write_all(bytes).doing("write a file")?;
    temporary.finish(before.mode)?;
    let version = version_of(bytes);
    versions.keep(path, &version, bytes, origin)?;
    temporary.put_in_place()?;
    Ok(Saved {
        version,
        at: now(),
        put_aside: PutAside::Bytes(kept as u64),
    })
}

/// Names a content: SHA-256 in hexadecimal.
pub(super) fn version_of(bytes: &[u8]) -> String {
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

/// What is at a place that is to be saved to.
struct Before {
    place: Place,
    /// The mode that the file must have.
    mode: u32,
    /// In bytes; 0 where nothing is.
    size: u64,
    /// The content, if it was asked for.
    found: Option<Vec<u8>>,
}

impl Before {
    /// Checks that `base` is what is there, and takes its content along if that `is_wanted`.
    fn look(
        workspace: &Workspace,
        path: &str,
        base: Base<'_>,
        is_wanted: bool,
    ) -> Result<Self, FileError> {
        let place = workspace.place(path)?;
        let exists = place.look()?.is_some();
        match base {
            Base::New if exists => refuse(
                RefusalKind::AlreadyExists,
                format!("“{}” is already there. Choose another name.", place.name),
            ),
            Base::New => Ok(Self {
                place,
                mode: 0o644,
                size: 0,
                found: None,
            }),
            Base::Version(_) if !exists => refuse(
                RefusalKind::NotFound,
                "The file is no longer there: it was moved or deleted elsewhere.",
            ),
            Base::Version(version) => {
                let (file, stat) = place.file()?;
                let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
                let mut hash = Sha256::new();
                let mut found = Vec::new();
                let mut all = file.take(size.saturating_add(1));
                let mut piece = vec![0; 64 << 10];
                loop {
                    let count = all.read(&mut piece).doing("read a file")?;
                    let piece = piece.get(..count).unwrap_or_default();
                    if piece.is_empty() {
                        break;
                    }
                    hash.update(piece);
                    if is_wanted && found.len() as u64 <= MAX_FOUND_BYTES {
                        found.extend_from_slice(piece);
                    }
                }
                if hexadecimal(&hash.finalize()) != version {
                    return refuse(
                        RefusalKind::Conflict,
                        "The file was changed elsewhere since it was opened here.",
                    );
                }
                if found.len() as u64 > MAX_FOUND_BYTES {
                    return refuse(
                        RefusalKind::TooLarge,
                        "What is there now is too large to be kept as a version. Give it another name first.",
                    );
                }
                Ok(Self {
                    place,
                    mode: stat.st_mode & 0o777,
                    size,
                    found: is_wanted.then_some(found),
                })
            }
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}
