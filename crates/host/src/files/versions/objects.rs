//! Contents by their hash: each is kept once, compressed.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{files::text::hexadecimal, own};

/// What zstd uses by itself: texts become a quarter, in microseconds.
const LEVEL: i32 = 3;
/// How a content is called while it is written.
const UNFINISHED: &str = ".new-";
/// For so long a host that has lost its lease may still write the line that names a content.
const YOUNG: Duration = Duration::from_secs(30);

/// The contents of one owner.
#[derive(Debug)]
pub(super) struct Objects {
    folder: PathBuf,
}

/// Why a content cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectError {
    /// It was never kept, or has been thinned out.
    #[error("there is no such content")]
    Missing,
    /// It is not what its name says.
    #[error("the content is damaged")]
    Damaged,
    /// It has more bytes than the caller takes.
    #[error("the content is too large")]
    TooLarge,
    /// The disk does not give it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Objects {
    pub(super) fn of(store: &Path) -> Self {
        Self {
            folder: store.join("objects"),
        }
    }

    /// Keeps `bytes`, whose SHA-256 is `version`. Durable on return.
    pub(super) fn keep(&self, version: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(version)?;
        if fs::metadata(&path).is_ok_and(|found| found.len() > 0) {
            // Young again: a host that still holds an older lease does not sweep it.
            return File::open(&path)?.set_modified(SystemTime::now());
        }
        let folder = path.parent().unwrap_or(&self.folder);
        super::make_folders(folder)?;
        let unfinished = folder.join(format!("{UNFINISHED}{}", Uuid::new_v4()));
        let mut file = own::options()
            .write(true)
            .create_new(true)
            .open(&unfinished)?;
        let written = zstd::stream::copy_encode(bytes, &mut file, LEVEL)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            // What cannot be removed either is found by the next clean-up.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        File::open(folder)?.sync_all()
    }

    /// The content `version`, of `max_bytes` at most, if it still is what its name says.
    pub(super) fn get(&self, version: &str, max_bytes: u64) -> Result<Vec<u8>, ObjectError> {
        let path = self.path(version).map_err(|_| ObjectError::Missing)?;
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ObjectError::Missing);
            }
            other => other?,
        };
        let mut bytes = Vec::new();
        let decoder = zstd::stream::Decoder::new(file).map_err(|_| ObjectError::Damaged)?;
        decoder
            .take(max_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| ObjectError::Damaged)?;
        if bytes.len() as u64 > max_bytes {
            Err(ObjectError::TooLarge)
        } else if hexadecimal(&Sha256::digest(&bytes)) == version {
            Ok(bytes)
        } else {
            Err(ObjectError::Damaged)
        }
    }

    /// Removes all contents but those that `is_used`, and what a host that died was writing, for as long as `check` finds
    /// the lease valid: another host may keep contents of which this one does not know. Young contents stay.
    pub(super) fn sweep(
        &self,
        is_used: impl Fn(&str) -> bool,
        check: impl Fn() -> io::Result<()>,
    ) -> io::Result<()> {
        let now = SystemTime::now();
        for folder in super::entries(&self.folder)? {
            let beginning = folder.file_name();
            for object in super::entries(&folder.path())? {
                let version = format!(
                    "{}{}",
                    beginning.to_string_lossy(),
                    object.file_name().to_string_lossy()
                );
                let kept = object.metadata()?.modified()?;
                // Whose clock is ahead has kept it just now.
                let is_young = now.duration_since(kept).map_or(true, |age| age < YOUNG);
                if !is_used(&version) && !is_young {
                    check()?;
                    fs::remove_file(object.path())?;
                }
            }
        }
        Ok(())
    }

    /// What a content takes on disk.
    pub(super) fn size(&self, version: &str) -> u64 {
        let found = self.path(version).and_then(fs::metadata);
        found.map_or(0, |found| found.len())
    }

    pub(super) fn path(&self, version: &str) -> io::Result<PathBuf> {
        let is_hash = version.len() == 64 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        match version.split_at_checked(2) {
            Some((beginning, rest)) if is_hash => Ok(self.folder.join(beginning).join(rest)),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "that names no content",
            )),
        }
    }
}
