//! The limits of a program that the kernel itself holds.

use super::{census::field, family::all_processes, zygote::Baseline};
use crate::{Identity, Policy, proc};

/// Of each process of a program: the number, the soft and the hard value.
pub(super) fn of(policy: &Policy, baseline: Baseline) -> Vec<(u32, u64, u64)> {
    let limits = policy.limits;
    let same = |resource, value| (resource, value, value);
    // A student's uid has only the student's processes; where programs run as the host's own user,
    // what that user has now comes on top.
    let others = match policy.identity {
        Some(_) => 0,
        None => threads_of_user(Identity::own().uid),
    };
    vec![
        // The census counts the processor time of all processes together; this one holds for a single
        // process even between two looks. The kernel counts it in whole ticks, which may be a few percent more than
        // the census measures: with less of a margin a child would meet its signal before the program meets its limit.
        (
            libc::RLIMIT_CPU,
            limits.cpu_seconds + limits.cpu_seconds / 10 + 1,
            limits.cpu_seconds + limits.cpu_seconds / 10 + 3,
        ),
        same(libc::RLIMIT_DATA, limits.memory_bytes + baseline.data_bytes),
        same(libc::RLIMIT_NPROC, limits.processes + others),
        same(libc::RLIMIT_FSIZE, limits.file_bytes),
        same(libc::RLIMIT_NOFILE, limits.open_files),
        same(libc::RLIMIT_CORE, 0),
        same(libc::RLIMIT_MSGQUEUE, 0),
        same(libc::RLIMIT_MEMLOCK, 64 << 10),
        same(libc::RLIMIT_SIGPENDING, 1024),
    ]
}

/// How many threads the processes of `uid` have, on the whole machine.
fn threads_of_user(uid: u32) -> u64 {
    let status = |pid| proc::read(format!("/proc/{pid}/status")).unwrap_or_default();
    let uid = uid.to_string();
    all_processes()
        .map(status)
        .filter(|status| field(status, "Uid:").is_some_and(|ids| ids.starts_with(uid.as_str())))
        .filter_map(|status| field(&status, "Threads:")?.parse::<u64>().ok())
        .sum()
}
