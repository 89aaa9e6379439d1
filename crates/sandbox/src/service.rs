//! How the server process gives up what it does not need before it begins.

use std::{io, path::PathBuf};

use rustix::{
    process::{
        DumpableBehavior, Pid, Signal, geteuid, getppid, getuid, set_dumpable_behavior,
        set_parent_process_death_signal,
    },
    thread::{
        Gid, Uid, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    },
};

use crate::{
    Identity, LayerError,
    landlock::{self, Strictness},
};

/// What a service keeps.
#[derive(Debug, Clone)]
pub struct Keeps {
    /// Who it becomes where it is started as root.
    pub identity: Identity,
    /// What it may read.
    pub readable: Vec<PathBuf>,
    /// What it may change.
    pub writable: Vec<PathBuf>,
}

/// Makes this process, of one thread still, a service that has only what `keeps` names: not root,
/// no way to more, and of the file system, where the kernel has Landlock, just those folders.
pub fn confine(keeps: &Keeps) -> Result<(), LayerError> {
    become_identity(keeps.identity).map_err(|cause| LayerError::new("identity", &cause))?;
    set_no_new_privs(true).map_err(|cause| LayerError::new("no_new_privs", &cause))?;
    landlock::restrict(&keeps.readable, &keeps.writable, Strictness::AsFarAsItGoes)
}

fn become_identity(identity: Identity) -> io::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    if std::fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other(
            "root must be left before any thread is started",
        ));
    }
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    if getuid() != uid || geteuid() != uid {
        return Err(io::Error::other("is still root"));
    }
    Ok(())
}

/// Asks the kernel to end this process, in order, when its parent `parent` is gone.
///
/// A change of identity takes that back, so it comes after.
pub fn end_with(parent: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let now = getppid().map_or(0, Pid::as_raw_pid);
    if u32::try_from(now).ok() != Some(parent) {
        return Err(io::Error::other("what started this is gone"));
    }
    Ok(())
}

/// Hides this process's memory, environment and descriptors from others of the same user.
pub fn hide() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
