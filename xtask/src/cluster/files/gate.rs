//! A folder that is another, seen through a gate: all that is done in it is done there, or hangs, or fails.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use anyhow::Context;
use fuser::{BackgroundSession, Config, Errno, MountOption, SessionACL};

use super::{lock, nodes::Nodes};

/// What becomes of what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is done.
    Open,
    /// It waits until the gate is another.
    Hangs,
    /// It fails: the device has an error.
    Fails,
}

/// What decides on all that is asked of one mounted folder.
#[derive(Debug)]
pub(crate) struct Gate {
    way: Mutex<Way>,
    changed: Condvar,
}

impl Gate {
    /// From now on.
    pub(crate) fn set(&self, way: Way) {
        *lock(&self.way) = way;
        self.changed.notify_all();
    }

    pub(super) fn pass(&self) -> Result<(), Errno> {
        let hangs = |way: &mut Way| *way == Way::Hangs;
        let way = self.changed.wait_while(lock(&self.way), hangs);
        match *way.unwrap_or_else(PoisonError::into_inner) {
            Way::Fails => Err(Errno::EIO),
            Way::Open | Way::Hangs => Ok(()),
        }
    }
}

/// A folder that is another seen through a gate, until it is dropped.
#[derive(Debug)]
pub(crate) struct Mounted {
    /// Where.
    pub(crate) at: PathBuf,
    /// Its gate.
    pub(crate) gate: Arc<Gate>,
    _session: BackgroundSession,
}

impl Mounted {
    /// Shows `folder` at `at`, which is made.
    pub(crate) fn new(folder: &Path, at: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir(&at)?;
        let gate = Arc::new(Gate {
            way: Mutex::new(Way::Open),
            changed: Condvar::new(),
        });
        let mut config = Config::default();
        config.mount_options = vec![
            MountOption::FSName("pythonide-cluster".to_owned()),
            MountOption::DefaultPermissions,
        ];
        config.acl = SessionACL::All;
        let files = Nodes::of(folder, Arc::clone(&gate))?;
        let session = fuser::spawn_mount(files, &at, &config)
            .with_context(|| format!("{} cannot be mounted", at.display()))?;
        Ok(Self {
            at,
            gate,
            _session: session,
        })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still waits could not be unmounted.
        self.gate.set(Way::Fails);
    }
}
