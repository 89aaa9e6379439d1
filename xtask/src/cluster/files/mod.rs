//! The one folder of files, on a disk of its own that can be full, seen by each host through a gate of its own.

mod answers;
mod gate;
mod nodes;

use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

pub(super) use gate::{Mounted, Way};

/// The size of the disk.
const DISK: &str = "size=384m,mode=0711";

/// The disk, until it is dropped.
#[derive(Debug)]
pub(super) struct Disk {
    at: PathBuf,
}

impl Disk {
    /// Makes one in a folder.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let at = folder.join("disk");
        std::fs::create_dir(&at)?;
        mount(
            "tmpfs",
            &at,
            "tmpfs",
            MountFlags::empty(),
            Some(&*std::ffi::CString::new(DISK)?),
        )
        .context("a disk cannot be mounted")?;
        std::fs::create_dir(at.join("files"))?;
        Ok(Self { at })
    }

    /// The folder of files, as it is without a gate.
    pub(super) fn files(&self) -> PathBuf {
        self.at.join("files")
    }

    /// Takes all the room that there is, until it is dropped.
    pub(super) fn fill(&self) -> anyhow::Result<Full> {
        let at = self.at.join("filler");
        let mut file = File::create(&at)?;
        let full = Full { at };
        let block = vec![0; 1 << 20];
        for size in [block.len(), 4096, 1] {
            loop {
                match file.write(&block[..size]) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(full)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is mounted goes with the last process that sees it.
        let _ = unmount(&self.at, UnmountFlags::DETACH);
    }
}

/// A disk is full as long as this is there.
#[derive(Debug)]
pub(super) struct Full {
    at: PathBuf,
}

impl Drop for Full {
    fn drop(&mut self) {
        // A disk that is gone is not full.
        let _ = std::fs::remove_file(&self.at);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
