//! The way of a child from a fork of the leash to the student's program, layer by layer.

use std::{ffi::CString, io, os::unix::ffi::OsStrExt};

use rustix::{
    process::{
        DumpableBehavior, Pid, Resource, Rlimit, Signal, chdir, getppid, ioctl_tiocsctty,
        kill_process, set_dumpable_behavior, set_parent_process_death_signal, setrlimit, setsid,
        umask,
    },
    thread::{
        CapabilitySet, CapabilitySets, Gid, Uid, capabilities, clear_ambient_capability_set,
        set_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};

use crate::{
    Identity, LayerError, Policy, Separation,
    landlock::{self, Strictness},
    seccomp,
};

/// The descriptor on which the program's runtime finds its events' socket.
pub(crate) const EVENTS: i32 = 3;

/// Becomes the program of `policy`; returns only when a layer fails.
///
/// Expects the descriptors of the leash: 1 is the terminal, 2 is the events' socket.
pub(crate) fn become_program(policy: &Policy, leash: Pid) -> LayerError {
    match confine(policy, leash) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

enum Never {}

fn confine(policy: &Policy, leash: Pid) -> Result<Never, LayerError> {
    layer("terminal", take_terminal)?;
    layer("limits", || set_limits(policy))?;
    if let Some(identity) = policy.identity {
        layer("identity", || become_somebody(identity))?;
    }
    layer("capabilities", drop_capabilities)?;
    // After the identity, for a change of it clears the signal.
    layer("leash", || stay_on(leash))?;
    layer("no_new_privs", || Ok(set_no_new_privs(true)?))?;
    layer("directory", || Ok(chdir(&policy.directory)?))?;
    let strictness = match policy.separation {
        Separation::Landlock => Strictness::Required,
        Separation::Uid | Separation::Nothing => Strictness::AsFarAsItGoes,
    };
    let command = strings("command", policy.command.iter().map(String::as_bytes))?;
    let environment = policy
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let environment = strings("environment", environment)?;
    landlock::restrict(&policy.readable, &policy.writable, strictness)?;
    seccomp::restrict(policy.separation)?;
    Err(LayerError::new("program", &execute(&command, &environment)))
}

fn layer<T>(name: &str, set_up: impl FnOnce() -> io::Result<T>) -> Result<T, LayerError> {
    set_up().map_err(|cause| LayerError::new(name, &cause))
}

/// A session of its own on the terminal, and no descriptor but 0 to 3.
#[expect(
    unsafe_code,
    reason = "moving descriptors by number is what this is about"
)]
fn take_terminal() -> io::Result<()> {
    setsid()?;
    // SAFETY: the numbers are this process's own; it has one thread and no owner of 0, 2, 3 or above
    // uses them again. What stays open above 3 is closed by exec.
    unsafe {
        for (from, to) in [(2, EVENTS), (1, 0), (1, 2)] {
            check(libc::dup2(from, to))?;
        }
        let close = libc::syscall(
            libc::SYS_close_range,
            4_u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
        check(i32::try_from(close).unwrap_or(-1))?;
    }
    ioctl_tiocsctty(rustix::stdio::stdin())?;
    umask(rustix::fs::Mode::from_raw_mode(0o022));
    Ok(())
}

fn check(result: i32) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn set_limits(policy: &Policy) -> io::Result<()> {
    let limits = policy.limits;
    // The leash hides from others of its user, and with it this child, to whom its own files in /proc
    // would then not belong.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    // When memory runs out on the machine, a student's program goes before anything of ours.
    std::fs::write("/proc/self/oom_score_adj", "900")?;
    // The leash counts the processor time of the whole tree; this one holds for a single process
    // even between two of its looks.
    let cpu = (limits.cpu_seconds + 1, limits.cpu_seconds + 3);
    let same = |value| (value, value);
    for (resource, (soft, hard)) in [
        (Resource::Cpu, cpu),
        (Resource::Data, same(limits.memory_bytes)),
        (Resource::Nproc, same(process_limit(policy)?)),
        (Resource::Fsize, same(limits.file_bytes)),
        (Resource::Nofile, same(limits.open_files)),
        (Resource::Core, same(0)),
        (Resource::Msgqueue, same(0)),
        (Resource::Memlock, same(64 << 10)),
        (Resource::Sigpending, same(1024)),
    ] {
        setrlimit(
            resource,
            Rlimit {
                current: Some(soft),
                maximum: Some(hard),
            },
        )
        .map_err(|error| io::Error::other(format!("{resource:?}: {error}")))?;
    }
    Ok(())
}

/// The kernel counts all processes of a user. A student's uid has only the student's; where
/// programs run as the host's own user, what that user has now comes on top.
fn process_limit(policy: &Policy) -> io::Result<u64> {
    let own = match policy.identity {
        Some(_) => 0,
        None => crate::descendants::threads_of_user(Identity::own().uid)?,
    };
    Ok(policy.limits.processes + own)
}

fn become_somebody(identity: Identity) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    set_thread_groups(&[])?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)?;
    let now = rustix::process::getuid();
    if now != uid || rustix::process::geteuid() != uid || uid.is_root() {
        return Err(io::Error::other(format!(
            "meant to be {uid:?} and is {now:?}"
        )));
    }
    Ok(())
}

/// Between two users that are not root the kernel keeps capabilities, so they are dropped by name.
fn drop_capabilities() -> io::Result<()> {
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    if capabilities(None)?.permitted != none {
        return Err(io::Error::other("some are left"));
    }
    Ok(())
}

fn stay_on(leash: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(leash) {
        // It died before the line above: nobody would end us.
        kill_process(rustix::process::getpid(), Signal::KILL)?;
    }
    Ok(())
}

fn strings(
    layer: &str,
    texts: impl Iterator<Item = impl AsRef<[u8]>>,
) -> Result<Vec<CString>, LayerError> {
    texts
        .map(|text| CString::new(std::ffi::OsStr::from_bytes(text.as_ref()).as_bytes()))
        .collect::<Result<_, _>>()
        .map_err(|cause| LayerError::new(layer, &cause))
}

#[expect(
    unsafe_code,
    reason = "std can execute only with a fork or its own handling of signals"
)]
fn execute(command: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |texts: &[CString]| {
        let mut pointers: Vec<_> = texts.iter().map(|text| text.as_ptr()).collect();
        pointers.push(std::ptr::null());
        pointers
    };
    let (arguments, variables) = (pointers(command), pointers(environment));
    let Some(program) = command.first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "the command is empty");
    };
    // SAFETY: both lists end with null and outlive the call. Rust ignores SIGPIPE at its start and
    // programs would inherit that; all other signals are as they came.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::execve(program.as_ptr(), arguments.as_ptr(), variables.as_ptr());
    }
    io::Error::last_os_error()
}
