//! A world of their own for all programs of a host together, where the kernel lets us make one.
//!
//! One set of namespaces for all, made once: a process list with nothing but the programs, a network
//! with nothing in it, mounts, names and IPC of their own. What separates one student from another
//! is the uid or Landlock; what these add is that neither the host nor anything else on the machine
//! can be seen, and that the kernel itself ends every program when the keeper, the first process of
//! that list, is gone. Only the mounts are copied for each program ([`private`]).

use std::io;

use rustix::{
    mount::{MountPropagationFlags, mount_change},
    process::{Pid, Signal, WaitOptions, set_parent_process_death_signal, waitpid},
    thread::{UnshareFlags, unshare_unsafe},
};

use crate::{Identity, LayerError, identity, private};

const LAYER: &str = "namespaces";

/// Makes the namespaces and goes on in them as their first process. The process that called waits
/// for that one and ends as it does. Must have one thread.
pub(crate) fn enter() -> Result<(), LayerError> {
    make()
        .and_then(|()| continue_inside())
        .and_then(|()| prepare())
        .map_err(|cause| LayerError::new(LAYER, &cause))
}

#[expect(
    unsafe_code,
    reason = "unsafe for flags that unshare descriptors between threads, of which there is one"
)]
fn make() -> io::Result<()> {
    let own = Identity::own();
    let mut flags = UnshareFlags::NEWNS
        | UnshareFlags::NEWPID
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS;
    if !identity::is_root() {
        flags |= UnshareFlags::NEWUSER;
    }
    // SAFETY: this process has one thread and shares nothing with another.
    unsafe { unshare_unsafe(flags)? };
    if flags.contains(UnshareFlags::NEWUSER) {
        std::fs::write("/proc/self/setgroups", "deny")?;
        let itself = |id: u32| format!("{id} {id} 1");
        std::fs::write("/proc/self/uid_map", itself(own.uid))?;
        std::fs::write("/proc/self/gid_map", itself(own.gid))?;
    }
    Ok(())
}

#[expect(unsafe_code, reason = "std's fork runs its own code in the child")]
fn continue_inside() -> io::Result<()> {
    // SAFETY: this process has one thread, so the child may do all that its parent may.
    let first = match unsafe { libc::fork() } {
        -1 => return Err(io::Error::last_os_error()),
        0 => return Ok(set_parent_process_death_signal(Some(Signal::KILL))?),
        first => Pid::from_raw(first),
    };
    // What the first process has of the host's sockets must end with it alone.
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    let ended = loop {
        match waitpid(first, WaitOptions::empty()) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    let code = ended.and_then(|(_, status)| status.exit_status());
    std::process::exit(code.unwrap_or(1))
}

/// What is mounted later outside appears inside, but never the other way.
fn prepare() -> io::Result<()> {
    let downstream = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", downstream)?;
    private::prepare()
}
