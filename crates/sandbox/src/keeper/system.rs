//! What the keeper asks the kernel, and tells the operator.

use std::{
    io,
    os::fd::AsRawFd,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::Exit;

/// The machine's clock that never jumps, the same for all its processes.
pub(super) fn monotonic_ms() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000
}

/// A child that has ended, how, and the processor time of it and of all it had waited for.
#[expect(unsafe_code, reason = "rustix has no wait that tells what was used")]
#[expect(clippy::cast_sign_loss, reason = "the kernel never counts below zero")]
pub(super) fn wait_for_any() -> Option<(Pid, Exit, u64)> {
    let mut status = 0;
    // SAFETY: zero is a value of this struct of numbers, and the call fills it.
    let (pid, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let pid = libc::wait4(-1, &raw mut status, libc::WNOHANG, &raw mut usage);
        (pid, usage)
    };
    let pid = (pid > 0).then_some(pid).and_then(Pid::from_raw)?;
    let exit = if libc::WIFEXITED(status) {
        Exit::Code(libc::WEXITSTATUS(status))
    } else {
        Exit::Signal(libc::WTERMSIG(status))
    };
    let ms = |time: libc::timeval| (time.tv_sec * 1000 + time.tv_usec / 1000) as u64;
    Some((pid, exit, ms(usage.ru_utime) + ms(usage.ru_stime)))
}

/// Held while a second thread does anything but wait, and while the first one forks.
static AT_WORK: Mutex<()> = Mutex::new(());

/// Lets a thread work, or lets one fork without the other holding a lock that nobody would release in the child.
pub(super) fn at_work() -> MutexGuard<'static, ()> {
    // It guards nothing that a panic could leave behind.
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the memory of a process that was killed, in the time of this process: at the low priority that programs have, its own
/// end can take seconds. Returns whether nothing of it is left to take.
#[expect(unsafe_code, reason = "rustix does not have this system call")]
pub(super) fn release_memory(pid: Pid) -> bool {
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
        // It has ended.
        return true;
    };
    // SAFETY: the call takes a descriptor, which is open, and flags; it reaches no memory of this process.
    let outcome = unsafe { libc::syscall(libc::SYS_process_mrelease, process.as_raw_fd(), 0_u32) };
    // The kernel is from before 5.15 or busy with that memory, or a filter is in the way: then the process gives it back as it ends.
    outcome == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

/// Tells the operator, through the host's own log.
#[expect(clippy::print_stderr, reason = "the keeper has no other log")]
pub(super) fn say(what: &str) {
    eprintln!("keeper: {what}");
}
