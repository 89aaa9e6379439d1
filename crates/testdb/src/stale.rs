//! Folders of servers under `/tmp`: ours is locked while this process lives; one that nobody locks is swept away.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

/// How the folders are called; short, as a socket's path has at most 107 bytes.
const PREFIX: &str = "pythonide-pg-";
const LOCK: &str = "lock";
const PARENT: &str = "/tmp";

/// A folder that stays locked until this process ends, in whatever way: the kernel lets go of the lock.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder that only its owner may enter. It gets its name once it is locked, so no sweep takes it for stale.
    pub(crate) fn make() -> std::io::Result<Self> {
        let unnamed = tempfile::Builder::new()
            .prefix(&format!(".{PREFIX}"))
            .tempdir_in(PARENT)?;
        let lock = File::create(unnamed.path().join(LOCK))?;
        lock.lock()?;
        let unnamed = unnamed.keep();
        let name = unnamed.file_name().unwrap_or_default().to_string_lossy();
        let path = Path::new(PARENT).join(name.trim_start_matches('.'));
        fs::rename(&unnamed, &path)?;
        Ok(Self { path, _lock: lock })
    }
}

/// Removes what earlier processes could not: those whose server's guard was killed, or the whole machine.
pub(crate) fn sweep() {
    let Ok(entries) = fs::read_dir(PARENT) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let is_ours = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX));
        if is_ours && is_unlocked(&entry.path()) {
            stop_server(&entry.path());
            // Another sweep, or the server's guard, may be at it too: whoever is last finds nothing.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_unlocked(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// Ends the server of a folder, if the process that its file names is still that server.
fn stop_server(folder: &Path) {
    let Ok(text) = fs::read_to_string(folder.join("data/postmaster.pid")) else {
        return;
    };
    let Some(pid) = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<i32>().ok())
    else {
        return;
    };
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if let (true, Some(pid)) = (
        command.contains(&*folder.to_string_lossy()),
        Pid::from_raw(pid),
    ) {
        let _ = kill_process(pid, Signal::QUIT);
    }
}
