//! Who a process or a thread is to the kernel.

use std::io;

use rustix::process::{getegid, geteuid};
use serde::{Deserialize, Serialize};

/// A user and a group, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Identity {
    /// The identity whose group has the same number as its user.
    pub fn of(uid: u32) -> Self {
        Self { uid, gid: uid }
    }

    /// Who this process is.
    pub fn own() -> Self {
        Self {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        }
    }
}

/// Whether this process can become somebody else.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Gives up the groups that came with the login that started this process.
///
/// # Errors
/// When the kernel refuses; fails too when threads exist already, for they would keep theirs.
pub fn leave_groups() -> io::Result<()> {
    if std::fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::other(
            "groups must be left before any thread is started",
        ));
    }
    Ok(rustix::thread::set_thread_groups(&[])?)
}

/// Does `work` on this thread with the file rights of `identity`, and of nobody else.
///
/// The kernel takes root's power over files from a thread whose file identity is not root, so a
/// link or a mode of a student's meets the same answer here as in the student's own program.
/// Where this process is not root, everybody's files belong to it and nothing is switched.
///
/// # Panics
/// When the kernel refuses; ends the process when the thread cannot be made itself again.
pub fn as_owner<T>(identity: Identity, work: impl FnOnce() -> T) -> T {
    if !is_root() {
        return work();
    }
    let _switched = Switched::to(identity);
    work()
}

/// A thread with another's file rights; dropping it gives back those it had.
struct Switched {
    before: Identity,
}

impl Switched {
    fn to(identity: Identity) -> Self {
        let switched = Self {
            before: file_identity(),
        };
        set_file_identity(identity);
        assert!(
            file_identity() == identity,
            "the kernel refused to act as {identity:?}"
        );
        switched
    }
}

impl Drop for Switched {
    fn drop(&mut self) {
        set_file_identity(self.before);
        if file_identity() != self.before {
            // A thread of ours with a student's rights, or the reverse, must do nothing more.
            std::process::abort();
        }
    }
}

#[expect(unsafe_code, reason = "rustix has no setfsuid")]
fn set_file_identity(identity: Identity) {
    // SAFETY: both calls take numbers only and change this thread's credentials, nothing else.
    // The user is left last and taken first, for only root may choose a group.
    unsafe {
        if identity.uid == 0 {
            libc::setfsuid(0);
            libc::setfsgid(identity.gid);
        } else {
            libc::setfsgid(identity.gid);
            libc::setfsuid(identity.uid);
        }
    }
}

/// This thread's file identity: a call with an impossible number changes nothing and tells it.
#[expect(unsafe_code, reason = "rustix has no setfsuid")]
#[expect(
    clippy::cast_sign_loss,
    reason = "the kernel returns an unsigned number in an int"
)]
fn file_identity() -> Identity {
    // SAFETY: as above.
    unsafe {
        Identity {
            uid: libc::setfsuid(u32::MAX) as u32,
            gid: libc::setfsgid(u32::MAX) as u32,
        }
    }
}
