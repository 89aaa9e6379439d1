//! What the keeper asks the kernel, and tells the operator.

use rustix::process::Pid;

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

/// Tells the operator, through the host's own log.
#[expect(clippy::print_stderr, reason = "the keeper has no other log")]
pub(super) fn say(what: &str) {
    eprintln!("keeper: {what}");
}
