//! Which contents a file had, and when: a log for each, in a tree of folders like the owner's own.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::own;

/// The log of the file whose path its folder has. No file of an owner's can be called so.
const LOG: &str = ".pythonide-log";
/// After so many more lines a log is thinned.
const THIN_EVERY: usize = 50;
/// More are never told, nor kept.
pub(super) const MOST: usize = 500;

/// Where a content came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// Saved in the editor.
    Saved,
    /// Found when a save replaced it.
    Found,
    /// An earlier version that was brought back.
    Restored,
}

/// A content that a file had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// In milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// The content's hash.
    pub(crate) content: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// The versions that the log in `folder` names, the oldest first.
pub(super) fn read(folder: &Path) -> io::Result<Vec<Version>> {
    let mut text = Vec::new();
    match File::open(folder.join(LOG)) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        file => file?.read_to_end(&mut text)?,
    };
    // The last line may be torn if the machine lost its power.
    let versions = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok());
    Ok(versions.collect())
}

/// Adds a version to the log in `folder`. Durable on return.
pub(super) fn append(folder: &Path, version: &Version) -> io::Result<()> {
    super::make_folders(folder)?;
    let path = folder.join(LOG);
    let is_new = !path.exists();
    let mut file = own::options()
        .read(true)
        .append(true)
        .create(true)
        .open(&path)?;
    let mut line = Vec::new();
    if ends_torn(&mut file)? {
        line.push(b'\n');
    }
    serde_json::to_writer(&mut line, version)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()?;
    if is_new {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Thins a log that has grown; `is_due` says whether it has even if it seems short.
pub(super) fn thin_log(folder: &Path, now_ms: i64, is_due: bool) -> io::Result<Vec<Version>> {
    let versions = read(folder)?;
    if !is_due && versions.len() % THIN_EVERY != 0 {
        return Ok(versions);
    }
    let kept = thin(&versions, now_ms);
    if kept.len() < versions.len() {
        write(folder, &kept)?;
    }
    Ok(kept)
}

/// Writes the log in `folder` anew.
pub(super) fn write(folder: &Path, versions: &[Version]) -> io::Result<()> {
    let mut text = Vec::new();
    for version in versions {
        serde_json::to_writer(&mut text, version)?;
        text.push(b'\n');
    }
    let unfinished = folder.join(format!("{LOG}.new"));
    let mut file = own::create(&unfinished)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(LOG))?;
    File::open(folder)?.sync_all()
}

/// Which of a file's versions are kept: all of the last ten minutes, one a minute of the last two hours, one each ten
/// minutes of the last day, one an hour of the last month, one a day beyond; of each span the last. At most [`MOST`].
pub(super) fn thin(versions: &[Version], now_ms: i64) -> Vec<Version> {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let span = |version: &Version| {
        let age = now_ms - version.at_ms;
        let length = match age {
            _ if age <= 10 * MINUTE => return (0, version.at_ms),
            _ if age <= 2 * HOUR => MINUTE,
            _ if age <= DAY => 10 * MINUTE,
            _ if age <= 30 * DAY => HOUR,
            _ => DAY,
        };
        (length, version.at_ms.div_euclid(length))
    };
    let mut kept: Vec<Version> = Vec::new();
    for version in versions {
        match kept.last_mut() {
            Some(last) if span(last) == span(version) && span(version).0 > 0 => {
                last.clone_from(version);
            }
            _ => kept.push(version.clone()),
        }
    }
    kept.split_off(kept.len().saturating_sub(MOST))
}

/// Moves the histories at and beneath `from` to `to`, where there may be others.
pub(super) fn move_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        super::make_folders(parent)?;
    }
    match fs::rename(from, to) {
        Ok(()) => sync_both(from, to),
        // XFS says that it is there, others that it is not empty.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
            ) =>
        {
            merge(from, to)
        }
        Err(error) => Err(error),
    }
}

/// What was at `to` before is older than what comes there.
fn merge(from: &Path, to: &Path) -> io::Result<()> {
    for entry in super::entries(from)? {
        if entry.file_name() == LOG {
            let mut versions = read(to)?;
            versions.extend(read(from)?);
            versions.sort_by_key(|version| version.at_ms);
            write(to, &versions)?;
            fs::remove_file(entry.path())?;
        } else if entry.file_type()?.is_dir() {
            move_all(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            // A log that was being written when a host died.
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir(from)
}

fn sync_both(from: &Path, to: &Path) -> io::Result<()> {
    for parent in [from.parent(), to.parent()].into_iter().flatten() {
        File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Calls `look` with the folder of every log beneath `folder`.
pub(super) fn each_log(
    folder: &Path,
    look: &mut impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    for entry in super::entries(folder)? {
        if entry.file_type()?.is_dir() {
            each_log(&entry.path(), look)?;
        } else if entry.file_name() == LOG {
            look(folder)?;
        }
    }
    Ok(())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: i64 = 1_800_000_000_000;

    fn at(minutes_ago: i64) -> Version {
        Version {
            at_ms: NOW - minutes_ago * MINUTE,
            content: format!("{minutes_ago:064}"),
            size: 1,
            origin: Origin::Saved,
        }
    }

    #[test]
    fn what_is_recent_is_kept_whole_and_what_is_old_by_the_day() {
        let recent: Vec<_> = (0..10)
            .map(|second| Version {
                at_ms: NOW - second * 1000,
                ..at(0)
            })
            .rev()
            .collect();
        assert_eq!(thin(&recent, NOW), recent);
        // Two a minute for two months.
        let all: Vec<_> = (0..2 * 60 * 24 * 60)
            .map(|half| Version {
                at_ms: NOW - half * MINUTE / 2,
                ..at(0)
            })
            .rev()
            .collect();
        let kept = thin(&all, NOW);
        assert_eq!(kept.len(), MOST);
        assert_eq!(kept.last(), all.last());
        assert!(kept.is_sorted_by_key(|version| version.at_ms));
        assert_eq!(thin(&kept, NOW), kept, "thinning again changes nothing");
    }

    #[test]
    fn of_each_span_the_last_stays() {
        let day = 24 * 60;
        let old = [at(40 * day + 30), at(40 * day + 20), at(40 * day + 10)];
        assert_eq!(thin(&old, NOW), [old[2].clone()]);
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), &at(2)).unwrap();
        let log = folder.path().join(LOG);
        let mut text = fs::read(&log).unwrap();
        text.extend(b"{\"at_ms\":17");
        fs::write(&log, text).unwrap();
        append(folder.path(), &at(1)).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [at(2), at(1)]);
    }

    #[test]
    fn histories_go_along_and_join_those_that_were_there() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        append(&path("a/x.py"), &at(3)).unwrap();
        append(&path("a/b/y.py"), &at(2)).unwrap();
        append(&path("c/x.py"), &at(5)).unwrap();
        move_all(&path("a"), &path("c")).unwrap();
        assert_eq!(read(&path("c/x.py")).unwrap(), [at(5), at(3)]);
        assert_eq!(read(&path("c/b/y.py")).unwrap(), [at(2)]);
        assert!(!path("a").exists());
        move_all(&path("nowhere"), &path("d")).unwrap();
        assert!(!path("d").exists());
    }
}
