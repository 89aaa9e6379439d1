//! Folders.

use std::time::{Duration, SystemTime};

use pythonide_link::{RefusalKind, wire};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fsync, mkdirat, openat, statat, unlinkat};

use super::{
    Owner, RESERVED_PREFIX, Workspace,
    place::HOMES,
    refusals::{Doing, FileError, refuse},
    temporary,
};

/// More entries than this are not told; a folder of so many is no place to look for a file.
const MAX_ENTRIES: usize = 10_000;

/// A save takes milliseconds; one this old broke off with its host.
const SAVE_IS_STALE_AFTER: Duration = Duration::from_hours(1);

/// Lists a folder: folders first, then by name without regard to case.
pub(crate) fn list(workspace: &Workspace, path: &str) -> Result<wire::Folder, FileError> {
    workspace.as_owner(|| {
        let folder = workspace.folder(path)?;
        let is_top_of_shared = path.is_empty() && matches!(workspace.owner, Owner::Shared { .. });
        let mut entries = Vec::new();
        let mut is_truncated = false;
        // One that may only be traversed was opened without the right to read it.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let readable = openat(&folder, ".", flags, Mode::empty()).doing("list a folder")?;
        for found in Dir::new(readable).doing("list a folder")? {
            let found = found.doing("list a folder")?;
            let name = found.file_name();
            let bytes = name.to_bytes();
            if matches!(bytes, b"." | b"..") || is_top_of_shared && bytes == HOMES.as_bytes() {
                continue;
            }
            let Ok(stat) = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                // A program has removed it since.
                continue;
            };
            if bytes.starts_with(RESERVED_PREFIX.as_bytes()) {
                if bytes.starts_with(temporary::PREFIX.as_bytes()) && is_stale(stat.st_mtime) {
                    // A student's own entry of that name may not be removable; it is not shown either.
                    let _ = unlinkat(&folder, name, AtFlags::empty());
                }
                continue;
            }
            if entries.len() == MAX_ENTRIES {
                is_truncated = true;
                break;
            }
            let text = name.to_str();
            entries.push(wire::Entry {
                name: text.map_or_else(|_| name.to_string_lossy().into_owned(), str::to_owned),
                kind: entry_kind(stat.st_mode).into(),
                size: u64::try_from(stat.st_size).unwrap_or(0),
                modified_ms: stat.st_mtime.saturating_mul(1000),
                is_reachable: text.is_ok(),
            });
        }
        entries.sort_by_cached_key(|entry| {
            (
                entry.kind != wire::EntryKind::Folder as i32,
                entry.name.to_lowercase(),
                entry.name.clone(),
            )
        });
        Ok(wire::Folder {
            entries,
            is_truncated,
        })
    })
}

/// Makes a folder; its name must be free.
pub(crate) fn make(workspace: &Workspace, path: &str) -> Result<(), FileError> {
    workspace.as_owner(|| {
        let place = workspace.place(path)?;
        match mkdirat(&place.folder, &place.name, Mode::from_raw_mode(0o755)) {
            Err(rustix::io::Errno::EXIST) => refuse(
                RefusalKind::AlreadyExists,
                format!("“{}” is already there. Choose another name.", place.name),
            ),
            made => {
                made.doing("make a folder")?;
                fsync(&place.folder).doing("make a folder durable")
            }
        }
    })
}

/// What a mode says something is.
pub(crate) fn entry_kind(mode: u32) -> wire::EntryKind {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => wire::EntryKind::File,
        FileType::Directory => wire::EntryKind::Folder,
        _ => wire::EntryKind::Special,
    }
}

fn is_stale(modified: i64) -> bool {
    let modified = u64::try_from(modified).unwrap_or(0);
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH + Duration::from_secs(modified))
        .is_ok_and(|age| age > SAVE_IS_STALE_AFTER)
}
