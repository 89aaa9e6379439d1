//! Which system calls a student's program may make: a list of what is allowed.
//!
//! The list is what CPython, numpy and a shell's tools use. Left out on purpose, beside all that
//! needs privileges: `ptrace` and `process_vm_*` (another's memory), `io_uring_*` (it bypasses this
//! filter), `bpf`, `perf_event_open`, `userfaultfd`, `keyctl` (large surfaces of the kernel),
//! `mount` and its kin, `setns` and clones with namespaces (new privileges within), `socket`
//! (networks, and other people's sockets), `memfd_create` and shared memory without a file (memory that
//! nobody's limit counts), `vmsplice` (it holds on to memory that the program has given back), `sendmsg` (descriptors
//! on their way keep files that nobody sees), `inotify_*` (it shows which student reads or runs what when).

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};

use crate::{LayerError, Separation};

const LAYER: &str = "seccomp";

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;

/// Applies the filters to this thread and all it will start. Must be the last layer.
pub(crate) fn restrict(separation: Separation) -> Result<(), LayerError> {
    let apply = || -> Result<(), Box<dyn std::error::Error>> {
        apply_filter(&missing()?)?;
        // Before the allow list, under which `apply_filter` can set no further one.
        apply_filter(&kept_in_sight()?)?;
        Ok(apply_filter(&allow_list(separation)?)?)
    };
    apply().map_err(|cause| LayerError::new(LAYER, &cause))
}

/// How many filters a program has: all of [`Programs`].
pub(crate) const FILTERS_OF_PROGRAMS: usize = 3;

/// The same filters for other processes to put on themselves: arrays of the kernel's `struct sock_filter`,
/// as bytes. The kernel translates each into machine code when it is put on, which takes as long as a
/// small program; children share what their parent has.
#[derive(Debug)]
pub(crate) struct Programs {
    /// What a zygote puts on, for itself and its children.
    pub(crate) inherited: [Vec<u8>; 2],
    /// What a child puts on when it has its tag.
    pub(crate) own: Vec<u8>,
}

pub(crate) fn programs(separation: Separation) -> Result<Programs, LayerError> {
    let make = || -> Result<Programs, Box<dyn std::error::Error>> {
        Ok(Programs {
            inherited: [bytes(&missing()?), bytes(&allow_list(separation)?)],
            own: bytes(&kept_in_sight()?),
        })
    };
    make().map_err(|cause| LayerError::new(LAYER, &cause))
}

fn bytes(filter: &BpfProgram) -> Vec<u8> {
    let steps = filter.iter().flat_map(|step| {
        let [code, more] = step.code.to_ne_bytes();
        let [k0, k1, k2, k3] = step.k.to_ne_bytes();
        [code, more, step.jt, step.jf, k0, k1, k2, k3]
    });
    steps.collect()
}

/// All that is not on the list is refused.
fn allow_list(separation: Separation) -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|call| (*call, vec![])).collect();
    if separation == Separation::Landlock {
        narrow_for_one_user(&mut allowed)?;
    }
    // Pairs only: a socket with a name could be connected to one of the system's, or of ours, which
    // Landlock does not keep apart. And none for datagrams, each of which can be sent to another name.
    let pairs = [libc::SOCK_STREAM, libc::SOCK_SEQPACKET].map(|kind| {
        let kind = u64::try_from(kind)?;
        Ok(SeccompRule::new(vec![
            condition(0, &SeccompCmpOp::Eq, u64::try_from(libc::AF_UNIX)?)?,
            condition(1, &SeccompCmpOp::MaskedEq(SOCKET_KIND), kind)?,
        ])?)
    });
    let pairs = pairs
        .into_iter()
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    allowed.insert(libc::SYS_socketpair, pairs);
    allowed.insert(libc::SYS_setsockopt, modest_sockets()?);
    allowed.insert(libc::SYS_mmap, counted_memory()?);
    allowed.insert(libc::SYS_clone, plain_clones()?);
    // Open files that are one thread's alone: nobody would see them.
    let unshares = u64::from(libc::CLOSE_RANGE_UNSHARE);
    let shared = condition(2, &SeccompCmpOp::MaskedEq(unshares), 0)?;
    allowed.insert(libc::SYS_close_range, vec![SeccompRule::new(vec![shared])?]);
    let requests = IOCTLS.iter().map(|request| {
        Ok(SeccompRule::new(vec![condition(
            1,
            &SeccompCmpOp::Eq,
            *request,
        )?])?)
    });
    let requests = requests.collect::<Result<_, Box<dyn std::error::Error>>>()?;
    allowed.insert(libc::SYS_ioctl, requests);
    // Opening a file on which another process holds a lease blocks; F_NOTIFY watches folders as inotify does; of locks
    // that belong to an open file the kernel does not tell whose they are.
    let harmless = [
        libc::F_SETLEASE,
        libc::F_NOTIFY,
        libc::F_OFD_SETLK,
        libc::F_OFD_SETLKW,
    ]
    .map(|command| Ok(condition(1, &SeccompCmpOp::Ne, u64::try_from(command)?)?))
    .into_iter()
    .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    allowed.insert(libc::SYS_fcntl, vec![SeccompRule::new(harmless)?]);
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let filter = SeccompFilter::new(allowed, refuse, SeccompAction::Allow, ARCH)?;
    Ok(filter.try_into()?)
}

/// Where all programs are one user's: Landlock has no say about the modes and owners of files, nor about what
/// one process may do to another beside signals.
fn narrow_for_one_user(
    allowed: &mut BTreeMap<i64, Vec<SeccompRule>>,
) -> Result<(), Box<dyn std::error::Error>> {
    for call in CHANGING_MODES {
        allowed.remove(call);
    }
    let itself = |argument| condition(argument, &SeccompCmpOp::Eq, 0);
    for call in PLACING {
        allowed.insert(*call, vec![SeccompRule::new(vec![itself(0)?])?]);
    }
    let one_process = condition(0, &SeccompCmpOp::Eq, u64::from(libc::PRIO_PROCESS))?;
    let lowering = SeccompRule::new(vec![one_process, itself(1)?])?;
    allowed.insert(libc::SYS_setpriority, vec![lowering]);
    let asks = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    let limits = [
        SeccompRule::new(vec![itself(0)?])?,
        SeccompRule::new(vec![asks])?,
    ];
    allowed.insert(libc::SYS_prlimit64, limits.into());
    Ok(())
}

/// No namespaces; and threads, and only these, share their open files with the others: locks of a process that has ended
/// and left its files to another would be told nobody.
fn plain_clones() -> Result<Vec<SeccompRule>, Box<dyn std::error::Error>> {
    let looked_at = u64::try_from(NAMESPACE_FLAGS | libc::CLONE_THREAD | libc::CLONE_FILES)?;
    let allowed = [0, libc::CLONE_THREAD | libc::CLONE_FILES];
    let rules = allowed.map(|flags| {
        let flags = condition(0, &SeccompCmpOp::MaskedEq(looked_at), u64::try_from(flags)?)?;
        Ok(SeccompRule::new(vec![flags])?)
    });
    rules.into_iter().collect()
}

/// Larger buffers of sockets would hold memory that nobody's limit counts.
fn modest_sockets() -> Result<Vec<SeccompRule>, Box<dyn std::error::Error>> {
    let sizes = [
        libc::SO_SNDBUF,
        libc::SO_RCVBUF,
        libc::SO_SNDBUFFORCE,
        libc::SO_RCVBUFFORCE,
    ];
    let mut none = Vec::new();
    for size in sizes {
        none.push(condition(2, &SeccompCmpOp::Ne, u64::try_from(size)?)?);
    }
    // It gives an unnamed socket a name.
    none.push(condition(
        2,
        &SeccompCmpOp::Ne,
        u64::try_from(libc::SO_PASSCRED)?,
    )?);
    Ok(vec![SeccompRule::new(none)?])
}

/// All memory but what is shared without a file: once no process maps it, nobody sees how much there is.
fn counted_memory() -> Result<Vec<SeccompRule>, Box<dyn std::error::Error>> {
    let both = u64::try_from(libc::MAP_TYPE | libc::MAP_ANONYMOUS)?;
    // Which kind a mapping is, and whether it has a file: shared ones must have one.
    let allowed = [
        u64::try_from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)?,
        u64::try_from(libc::MAP_PRIVATE)?,
        u64::try_from(libc::MAP_SHARED)?,
        u64::try_from(libc::MAP_SHARED_VALIDATE)?,
    ];
    let rules = allowed.map(|kind| {
        let kind = condition(3, &SeccompCmpOp::MaskedEq(both), kind)?;
        Ok(SeccompRule::new(vec![kind])?)
    });
    rules.into_iter().collect()
}

/// Calls for which programs know another way when the kernel is too old for them. clone3 hides its flags
/// in memory, where no filter can look.
fn missing() -> Result<BpfProgram, Box<dyn std::error::Error>> {
    // fallocate takes room on the disk faster than anybody can look; whoever waits for a pipe in sendfile or splice keeps
    // a file that the program may have closed and deleted meanwhile.
    let missing = [
        libc::SYS_clone3,
        libc::SYS_io_uring_setup,
        libc::SYS_fallocate,
        libc::SYS_sendfile,
        libc::SYS_splice,
    ];
    let missing = missing.into_iter().map(|call| (call, vec![])).collect();
    refused(missing, libc::ENOSYS)
}

/// A process's limit of locks says which program it belongs to (`keeper::family`), and stays; and so does what lets
/// the keeper look into it, where that has no more rights than the process itself. Its namespaces stay, too.
fn kept_in_sight() -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let locks = u64::from(libc::RLIMIT_LOCKS);
    let names_it = |argument| condition(argument, &SeccompCmpOp::Eq, locks);
    let changes = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    let sets_dumpable = condition(0, &SeccompCmpOp::Eq, u64::try_from(libc::PR_SET_DUMPABLE)?)?;
    let to_less = condition(1, &SeccompCmpOp::Ne, 1)?;
    let kept = [
        (libc::SYS_setrlimit, vec![names_it(0)?]),
        (libc::SYS_prlimit64, vec![names_it(1)?, changes]),
        (libc::SYS_prctl, vec![sets_dumpable, to_less]),
    ];
    let kept = kept
        .into_iter()
        .map(|(call, conditions)| Ok((call, vec![SeccompRule::new(conditions)?])));
    let mut kept = kept.collect::<Result<BTreeMap<_, _>, seccompiler::BackendError>>()?;
    // A child has its own mounts by then.
    kept.insert(libc::SYS_unshare, vec![]);
    refused(kept, libc::EPERM)
}

/// A filter that refuses these calls with `number` and allows all others.
fn refused(
    calls: BTreeMap<i64, Vec<SeccompRule>>,
    number: i32,
) -> Result<BpfProgram, Box<dyn std::error::Error>> {
    let refuse = SeccompAction::Errno(u32::try_from(number)?);
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, refuse, ARCH)?;
    Ok(filter.try_into()?)
}

fn condition(
    argument: u8,
    operator: &SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator.clone(), value)
}

const NAMESPACE_FLAGS: i32 = libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS;

/// The part of a socket's type that is no flag.
const SOCKET_KIND: u64 = 0xf;

/// Calls that say where and when a process runs; the first argument says which process.
const PLACING: &[i64] = &[
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
];

/// Calls that change what a file is beside its content.
#[rustfmt::skip]
const CHANGING_MODES: &[i64] = &[
    libc::SYS_fchmodat, libc::SYS_fchmodat2, libc::SYS_fchownat, libc::SYS_utimensat, libc::SYS_setxattr, libc::SYS_lsetxattr,
    libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_fchmod, libc::SYS_fchown, libc::SYS_fsetxattr, libc::SYS_fremovexattr,
    #[cfg(target_arch = "x86_64")] libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")] libc::SYS_chown,
    #[cfg(target_arch = "x86_64")] libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")] libc::SYS_utime,
    #[cfg(target_arch = "x86_64")] libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")] libc::SYS_futimesat,
];

/// Requests to devices and files. Left out: typing into a terminal as if the user had (TIOCSTI), the console's own
/// commands (TIOCLINUX), other line disciplines (TIOCSETD), and those of file systems, which reserve space on the disk
/// faster than anybody can measure it (FS_IOC_RESVSP).
#[rustfmt::skip]
const IOCTLS: &[u64] = &[
    // A terminal's settings.
    libc::TCGETS, libc::TCSETS, libc::TCSETSW, libc::TCSETSF, libc::TCGETS2, libc::TCSETS2, libc::TCSETSW2, libc::TCSETSF2,
    libc::TIOCGWINSZ, libc::TIOCSWINSZ,
    // What waits in it to be read or sent.
    libc::TCSBRK, libc::TCSBRKP, libc::TCXONC, libc::TCFLSH, libc::TIOCOUTQ, libc::FIONREAD,
    // Whose it is. A zygote's child takes its own.
    libc::TIOCSCTTY, libc::TIOCNOTTY, libc::TIOCGPGRP, libc::TIOCSPGRP, libc::TIOCGSID,
    // A descriptor's flags.
    libc::FIONBIO, libc::FIOASYNC, libc::FIOCLEX, libc::FIONCLEX,
];

#[rustfmt::skip]
const ALLOWED: &[i64] = &[
    // Memory.
    libc::SYS_brk, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise,
    libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_munlock, libc::SYS_mlockall, libc::SYS_munlockall, libc::SYS_msync, libc::SYS_mincore,
    libc::SYS_membarrier, libc::SYS_get_mempolicy, libc::SYS_mbind, libc::SYS_pkey_alloc,
    libc::SYS_pkey_free, libc::SYS_pkey_mprotect,
    // Files.
    libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_pwrite64,
    libc::SYS_preadv, libc::SYS_pwritev, libc::SYS_preadv2, libc::SYS_pwritev2, libc::SYS_lseek, libc::SYS_sendfile,
    libc::SYS_copy_file_range, libc::SYS_splice, libc::SYS_tee, libc::SYS_readahead, libc::SYS_fadvise64,
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_close, libc::SYS_dup, libc::SYS_dup3,
    libc::SYS_flock, libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_sync_file_range,
    libc::SYS_ftruncate, libc::SYS_truncate, libc::SYS_fstat, libc::SYS_newfstatat, libc::SYS_statx, libc::SYS_statfs, libc::SYS_fstatfs,
    libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_chdir, libc::SYS_fchdir,
    libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_unlinkat, libc::SYS_renameat, libc::SYS_renameat2, libc::SYS_linkat,
    libc::SYS_symlinkat, libc::SYS_readlinkat, libc::SYS_utimensat, libc::SYS_umask, libc::SYS_fchmod, libc::SYS_fchmodat,
    libc::SYS_fchmodat2, libc::SYS_fchown, libc::SYS_fchownat, libc::SYS_getxattr, libc::SYS_lgetxattr, libc::SYS_fgetxattr, libc::SYS_listxattr,
    libc::SYS_llistxattr, libc::SYS_flistxattr, libc::SYS_setxattr, libc::SYS_lsetxattr, libc::SYS_fsetxattr,
    libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_fremovexattr,
    // Waiting.
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2, libc::SYS_pipe2, libc::SYS_futex, libc::SYS_get_robust_list, libc::SYS_set_robust_list,
    libc::SYS_nanosleep, libc::SYS_clock_nanosleep, libc::SYS_timerfd_create, libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime,
    libc::SYS_sched_yield, libc::SYS_restart_syscall,
    // Time.
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_gettimeofday, libc::SYS_times, libc::SYS_getitimer, libc::SYS_setitimer,
    libc::SYS_timer_create, libc::SYS_timer_settime, libc::SYS_timer_gettime, libc::SYS_timer_getoverrun, libc::SYS_timer_delete,
    // Processes and signals.
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_exit, libc::SYS_exit_group, libc::SYS_wait4, libc::SYS_waitid,
    libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend, libc::SYS_rt_sigpending, libc::SYS_rt_sigtimedwait, libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo, libc::SYS_sigaltstack, libc::SYS_signalfd4, libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal,
    libc::SYS_getpid, libc::SYS_getppid, libc::SYS_gettid, libc::SYS_getpgid, libc::SYS_setpgid, libc::SYS_getsid, libc::SYS_setsid,
    libc::SYS_set_tid_address, libc::SYS_prctl, libc::SYS_rseq, libc::SYS_getcpu,
    libc::SYS_sched_getaffinity, libc::SYS_sched_setaffinity, libc::SYS_sched_getparam, libc::SYS_sched_getscheduler,
    libc::SYS_sched_setscheduler, libc::SYS_sched_setparam, libc::SYS_sched_getattr,
    libc::SYS_sched_get_priority_max, libc::SYS_sched_get_priority_min, libc::SYS_sched_rr_get_interval,
    libc::SYS_getpriority, libc::SYS_setpriority, libc::SYS_getrlimit, libc::SYS_getrusage,
    // The other filters have a say here, too.
    libc::SYS_setrlimit, libc::SYS_prlimit64,
    // Who and where.
    libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getegid, libc::SYS_getresuid, libc::SYS_getresgid, libc::SYS_getgroups,
    libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setreuid, libc::SYS_setregid, libc::SYS_setresuid, libc::SYS_setresgid, libc::SYS_setgroups,
    libc::SYS_capget, libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_getrandom,
    // Between the program's own processes.
    libc::SYS_shutdown, libc::SYS_sendto,
    libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_recvmmsg, libc::SYS_getsockname,
    libc::SYS_getpeername, libc::SYS_getsockopt,
    // Refused by another filter, which answers ENOSYS.
    libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_fallocate,
    // What children of a zygote confine themselves with; rules to go with it cannot be made.
    libc::SYS_landlock_restrict_self, libc::SYS_capset,
    // Their mounts. `move_mount` needs a right that no program has, and `unshare` is refused by another filter.
    libc::SYS_unshare, libc::SYS_move_mount,
    // Older forms that only this architecture has.
    #[cfg(target_arch = "x86_64")] libc::SYS_open,
    #[cfg(target_arch = "x86_64")] libc::SYS_creat,
    #[cfg(target_arch = "x86_64")] libc::SYS_stat,
    #[cfg(target_arch = "x86_64")] libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")] libc::SYS_access,
    #[cfg(target_arch = "x86_64")] libc::SYS_getdents,
    #[cfg(target_arch = "x86_64")] libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")] libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")] libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")] libc::SYS_rename,
    #[cfg(target_arch = "x86_64")] libc::SYS_link,
    #[cfg(target_arch = "x86_64")] libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")] libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")] libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")] libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")] libc::SYS_chown,
    #[cfg(target_arch = "x86_64")] libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")] libc::SYS_utime,
    #[cfg(target_arch = "x86_64")] libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")] libc::SYS_futimesat,
    #[cfg(target_arch = "x86_64")] libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")] libc::SYS_pipe,
    #[cfg(target_arch = "x86_64")] libc::SYS_poll,
    #[cfg(target_arch = "x86_64")] libc::SYS_select,
    #[cfg(target_arch = "x86_64")] libc::SYS_epoll_create,
    #[cfg(target_arch = "x86_64")] libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")] libc::SYS_eventfd,
    #[cfg(target_arch = "x86_64")] libc::SYS_signalfd,
    #[cfg(target_arch = "x86_64")] libc::SYS_alarm,
    #[cfg(target_arch = "x86_64")] libc::SYS_pause,
    #[cfg(target_arch = "x86_64")] libc::SYS_time,
    #[cfg(target_arch = "x86_64")] libc::SYS_fork,
    #[cfg(target_arch = "x86_64")] libc::SYS_vfork,
    #[cfg(target_arch = "x86_64")] libc::SYS_getpgrp,
    #[cfg(target_arch = "x86_64")] libc::SYS_arch_prctl,
];
