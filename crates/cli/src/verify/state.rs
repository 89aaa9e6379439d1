//! What is noted before and compared after.

use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// All that must be the same after.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// The version of the program that wrote it.
    pub(super) version: String,
    pub(super) username: String,
    pub(super) password: String,
    /// Cookies of two sign-ins.
    pub(super) sessions: Vec<String>,
    /// The folder of the student's home that holds what was made.
    pub(super) folder: String,
    pub(super) users: BTreeMap<String, User>,
    /// By path. What is no file is a folder.
    pub(super) entries: BTreeMap<String, Entry>,
    /// The texts that a file had, the oldest first.
    pub(super) histories: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) role: String,
    pub(super) uid: u32,
    pub(super) is_active: bool,
    pub(super) full_name: String,
    pub(super) email: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// SHA-256 in hexadecimal; `None` for a folder.
    pub(super) content: Option<String>,
    pub(super) size: u64,
    /// As the server tells it.
    pub(super) modified: String,
    /// As the disk tells it, where that could be looked at.
    pub(super) on_disk: Option<OnDisk>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OnDisk {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mode: u32,
    /// Seconds and nanoseconds.
    pub(super) modified: (i64, i64),
}

impl OnDisk {
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = std::fs::symlink_metadata(path).ok()?;
        Some(Self {
            uid: found.uid(),
            gid: found.gid(),
            mode: found.mode() & 0o7777,
            modified: (found.mtime(), found.mtime_nsec()),
        })
    }
}

impl State {
    /// Keeps it in a file that only its owner can read: it holds a password and two sessions.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let write = || {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()
        };
        write().with_context(|| format!("could not write {}", path.display()))
    }

    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read(path).with_context(|| {
            format!("could not read {shown}: was `pythonide verify-persistence before` run?")
        })?;
        serde_json::from_slice(&text).with_context(|| format!("{shown} is not what was written"))
    }
}
