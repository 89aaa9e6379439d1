//! Earlier contents of files: every save leaves one.
//!
//! They lie beneath `.pythonide/versions/` and belong to the host: where it is root, no program can reach what its
//! owner has saved, however it rages among the files.
//!
//! ```text
//! Local/<username>/history/<path>/.pythonide-log   a line of JSON for each content, the oldest first
//! Local/<username>/objects/<2 digits>/<62 digits>  a content, compressed, by its SHA-256
//! ```
//!
//! A content is kept, and its line written, before a save is acknowledged. So is what a save replaces, if something
//! else than the editor wrote it.

mod history;
mod objects;

use std::{
    collections::HashSet,
    fs::{self, DirEntry, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use pythonide_link::RefusalKind;

pub(crate) use self::history::{Origin, Version};
use self::objects::{ObjectError, Objects};
use super::{
    Owner, RESERVED_PREFIX, Workspace,
    place::HOMES,
    refusals::{Doing, FileError, refuse},
    text::now,
};
use crate::{own, tenure::Held};

/// Of one owner, compressed, in bytes; beyond that the oldest versions of all files go first.
const MOST_BYTES: u64 = 512 << 20;

/// The folder of all versions, in the folder of all files.
pub(super) fn folder(files: &Path) -> PathBuf {
    files.join(RESERVED_PREFIX).join("versions")
}

/// The versions of one owner's files.
#[derive(Debug)]
pub(super) struct Versions {
    history: PathBuf,
    objects: Objects,
    /// When it was thinned last: milliseconds since 1970.
    thinned: PathBuf,
}

impl Versions {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let all = folder(workspace.root.path());
        let store = match &workspace.owner {
            Owner::User { username, .. } => all.join(HOMES).join(username),
            Owner::Shared { .. } => all.join("shared"),
        };
        Self {
            history: store.join("history"),
            thinned: store.join("thinned"),
            objects: Objects::of(&store),
        }
    }

    /// Keeps a content of the file at `path`. Durable on return.
    pub(super) fn keep(
        &self,
        path: &str,
        version: &str,
        bytes: &[u8],
        origin: Origin,
    ) -> Result<(), FileError> {
        let doing = "keep a version of a file";
        let folder = self.history.join(path);
        self.objects.keep(version, bytes).doing(doing)?;
        let now_ms = now().timestamp_millis();
        let versions = history::thin_log(&folder, now_ms, false).doing(doing)?;
        if versions.last().is_some_and(|last| last.content == version) {
            return Ok(());
        }
        let version = Version {
            at_ms: now_ms,
            content: version.to_owned(),
            size: bytes.len() as u64,
            origin,
        };
        history::append(&folder, &version).doing(doing)
    }

    /// Whether `version` is the last that the file at `path` is known to have had.
    pub(super) fn is_last(&self, path: &str, version: &str) -> Result<bool, FileError> {
        let versions = history::read(&self.history.join(path)).doing("read a file's history")?;
        Ok(versions.last().is_some_and(|last| last.content == version))
    }

    /// The histories at and beneath `from` are those of `to` from now on.
    pub(super) fn moved(&self, from: &str, to: &str) -> Result<(), FileError> {
        history::move_all(&self.history.join(from), &self.history.join(to))
            .doing("move a file's history")
    }

    /// A content that the file at `path` had, of `max_bytes` at most.
    pub(super) fn content(
        &self,
        path: &str,
        version: &str,
        max_bytes: u64,
    ) -> Result<Vec<u8>, FileError> {
        let versions = history::read(&self.history.join(path)).doing("read a file's history")?;
        let gone = "This version is no longer kept.";
        if !versions.iter().any(|known| known.content == version) {
            return refuse(RefusalKind::NotFound, gone);
        }
        match self.objects.get(version, max_bytes) {
            Ok(bytes) => Ok(bytes),
            Err(ObjectError::Missing) => refuse(RefusalKind::NotFound, gone),
            Err(ObjectError::TooLarge) => refuse(
                RefusalKind::TooLarge,
                "This version is too large to show here. It can be restored.",
            ),
            Err(ObjectError::Damaged) => {
                tracing::error!(version, "a version of a file is damaged on disk");
                refuse(
                    RefusalKind::Damaged,
                    "This version is damaged on the disk and cannot be had. The file itself and its other versions are \
                     not touched by that.",
                )
            }
            Err(ObjectError::Io(error)) => Err(error).doing("read a version of a file"),
        }
    }

    /// Thins all histories, and removes contents that none names any more, for as long as the workspace is `held`.
    fn clean(&self, held: &Held, max_bytes: u64) -> io::Result<()> {
        let check = || held.check().map_err(io::Error::other);
        let now_ms = now().timestamp_millis();
        let mut all = Vec::new();
        history::each_log(&self.history, &mut |folder| {
            check()?;
            for version in history::thin_log(folder, now_ms, true)? {
                all.push((version, folder.to_owned()));
            }
            Ok(())
        })?;
        let too_old = self.drop_the_oldest(&mut all, max_bytes);
        for folder in too_old {
            let kept = all.iter().filter(|(_, of)| *of == folder);
            let kept: Vec<_> = kept.map(|(version, _)| version.clone()).collect();
            check()?;
            history::write(&folder, &kept)?;
        }
        check()?;
        let used: HashSet<&str> = all.iter().map(|(kept, _)| kept.content.as_str()).collect();
        self.objects.sweep(|version| used.contains(version), check)
    }

    /// Drops the oldest versions until the others have room; returns whose they were.
    fn drop_the_oldest(
        &self,
        all: &mut Vec<(Version, PathBuf)>,
        max_bytes: u64,
    ) -> HashSet<PathBuf> {
        all.sort_by_key(|(version, _)| std::cmp::Reverse(version.at_ms));
        let (mut seen, mut bytes) = (HashSet::new(), 0_u64);
        let fits = all.iter().take_while(|(version, _)| {
            if seen.insert(version.content.clone()) {
                bytes += self.objects.size(&version.content);
            }
            bytes <= max_bytes
        });
        let fits = fits.count();
        let dropped = all.split_off(fits);
        all.reverse();
        dropped.into_iter().map(|(_, folder)| folder).collect()
    }
}

/// The contents that the file at `path` had, the newest first; also of one that is gone.
pub(crate) fn list(workspace: &Workspace, path: &str) -> Result<Vec<Version>, FileError> {
    let path = workspace.checked(path)?;
    let folder = Versions::of(workspace).history.join(path);
    let mut versions = history::read(&folder).doing("read a file's history")?;
    versions.reverse();
    versions.truncate(history::MOST);
    Ok(versions)
}

/// The text of a version of the file at `path`.
pub(crate) fn text(
    workspace: &Workspace,
    path: &str,
    version: &str,
    max_bytes: u64,
) -> Result<String, FileError> {
    let path = workspace.checked(path)?;
    let bytes = Versions::of(workspace).content(path, version, max_bytes)?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => refuse(
            RefusalKind::NotText,
            "This version is not text (or not in UTF-8). It can be restored.",
        ),
    }
}

/// When what is kept of an owner's files was thinned last, by this host or another: milliseconds since 1970.
pub(super) fn thinned_ms(workspace: &Workspace) -> Option<i64> {
    let written = fs::read_to_string(Versions::of(workspace).thinned).ok()?;
    written.parse().ok()
}

/// Thins what is kept of an owner's files. Nothing else may change them meanwhile.
pub(super) fn clean(workspace: &Workspace) -> Result<(), FileError> {
    let versions = Versions::of(workspace);
    let thin = || {
        versions.clean(&workspace.held, MOST_BYTES)?;
        if versions.history.is_dir() {
            let now_ms = now().timestamp_millis().to_string();
            own::create(&versions.thinned)?.write_all(now_ms.as_bytes())?;
        }
        io::Result::Ok(())
    };
    thin().doing("thin the versions of an owner's files")
}

/// Makes a folder of ours and those above it that are missing. Durable on return.
fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder
        .parent()
        .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    make_folders(parent)?;
    match own::make_folder(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    File::open(parent)?.sync_all()
}

/// What is in a folder of ours; nothing where there is none.
fn entries(folder: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found?.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::files::temporary::tests::{host, workspace};

    #[test]
    fn the_newest_versions_stay_within_their_room() {
        const SIZE: usize = 100_000;
        let files = tempfile::tempdir().unwrap();
        let workspace = workspace(files.path(), &host(), 1);
        let versions = Versions::of(&workspace);
        let contents: Vec<_> = (0..10_u64)
            .map(|number| {
                // Nothing that becomes smaller.
                let bytes: Vec<u8> = (0..SIZE as u64 / 8)
                    .flat_map(|at| {
                        (number << 32 | at)
                            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                            .to_le_bytes()
                    })
                    .collect();
                let version = super::super::text::version_of(&bytes);
                let path = format!("{number}.bin");
                versions
                    .keep(&path, &version, &bytes, Origin::Saved)
                    .unwrap();
                (path, version)
            })
            .collect();
        let minute_ago = SystemTime::now() - Duration::from_mins(1);
        for (_, version) in &contents {
            let object = File::open(versions.objects.path(version).unwrap()).unwrap();
            object.set_modified(minute_ago).unwrap();
        }

        let max_bytes = 5 * SIZE as u64;
        versions.clean(&workspace.held, max_bytes).unwrap();

        let sizes = contents
            .iter()
            .map(|(_, version)| versions.objects.size(version));
        let left: u64 = sizes.sum();
        assert!((1..=max_bytes).contains(&left), "{left}");
        let (path, newest) = contents.last().unwrap();
        versions.content(path, newest, u64::MAX - 1).unwrap();
        let (path, oldest) = &contents[0];
        versions.content(path, oldest, u64::MAX - 1).unwrap_err();
    }
}
