//! Programs that have used much of the processor step back behind those that have not.

use std::{fs, io};

use rustix::{
    process::{Pid, WaitOptions, setpriority_process, setpriority_user, waitpid},
    thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

use crate::Identity;

/// Lowers all `processes` of a program, of which there may be many, each in a group of its own.
///
/// A user may lower its own processes without any capability, so a child does that as that user.
pub(super) fn step_back(
    processes: &[Pid],
    identity: Option<Identity>,
    niceness: i32,
) -> io::Result<()> {
    #[expect(unsafe_code, reason = "std's fork runs its own code in the child")]
    // SAFETY: this process has one thread, so the child may do all that its parent may.
    let child = match unsafe { libc::fork() } {
        -1 => return Err(io::Error::last_os_error()),
        0 => {
            let done = lower(processes, identity, niceness);
            std::process::exit(i32::from(done.is_err()))
        }
        child => Pid::from_raw(child),
    };
    let ended = waitpid(child, WaitOptions::empty())?;
    match ended.and_then(|(_, status)| status.exit_status()) {
        Some(0) => Ok(()),
        _ => Err(io::Error::other("the system did not allow it")),
    }
}

fn lower(processes: &[Pid], identity: Option<Identity>, niceness: i32) -> io::Result<()> {
    if let Some(Identity { uid, gid }) = identity {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        set_thread_groups(&[])?;
        set_thread_res_gid(gid, gid, gid)?;
        set_thread_res_uid(uid, uid, uid)?;
        setpriority_user(uid, niceness)?;
    }
    for pid in processes {
        // The kernel lowers threads one by one, and groups of processes, where it has them, apart. One
        // that has ended meanwhile needs neither.
        for task in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
        {
            let task = task?.file_name();
            let task = task.to_str().and_then(|task| task.parse().ok());
            let _ = setpriority_process(task.and_then(Pid::from_raw), niceness);
        }
        let _ = fs::write(format!("/proc/{pid}/autogroup"), niceness.to_string());
    }
    Ok(())
}
