//! What programs hold in memory, as `/proc` shows it.
//!
//! A program's memory is what it has made: anonymous and shared memory, the tables of its pages, what waits
//! in its sockets, and files in `/dev/shm`. Files on disk that it has mapped the system can drop by itself; those
//! that it has open and that have no name any more nobody else sees, so they are told here, too.

use std::{
    collections::HashMap, fs, io, ops::AddAssign, os::unix::fs::MetadataExt, sync::LazyLock,
};

use rustix::process::Pid;

use super::census::field;
use crate::{Identity, identity, proc};

/// Where named shared memory and semaphores are.
const NAMED: &str = "/dev/shm";
/// The least that a name there counts, in bytes: it is kept in memory, too.
const LEAST_OF_A_NAME: u64 = 64 << 10;
/// Sockets of one process that count nothing.
const FREE_SOCKETS: u64 = 8;

/// What a process holds, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Of {
    /// Anonymous memory and tables of pages.
    own: u64,
    /// What may wait in its sockets.
    sockets: u64,
    /// Shared memory that it has mapped.
    mapped: u64,
    /// Files of `/dev/shm` without a name that it has open.
    nameless: u64,
    /// Files on disk without a name that it has open.
    pub(super) on_disk: u64,
}

impl Of {
    /// What a process holds now; what it has open is as `before`.
    pub(super) fn mapped_now(pid: Pid, before: Self) -> Self {
        let (own, mapped) = status(pid);
        Self {
            own,
            mapped,
            ..before
        }
    }

    /// The same, with what it has open now; `user` is who may look at that.
    pub(super) fn all_now(pid: Pid, user: Option<u32>) -> Self {
        let open = open(pid, user);
        let before = Self {
            sockets: open.socket_bytes(),
            nameless: open.nameless.values().sum(),
            on_disk: open.on_disk.values().sum(),
            ..Self::default()
        };
        Self::mapped_now(pid, before)
    }

    /// All of it, with `named` bytes in files of `/dev/shm`, which may be mapped or not.
    pub(super) fn with_named(self, named: u64) -> u64 {
        self.own + self.sockets + self.mapped.max(self.nameless + named)
    }
}

impl AddAssign for Of {
    fn add_assign(&mut self, other: Self) {
        self.own += other.own;
        self.sockets += other.sockets;
        self.mapped += other.mapped;
        self.nameless += other.nameless;
        self.on_disk += other.on_disk;
    }
}

/// What a process of ours has besides files, in bytes.
pub(super) fn own(pid: Pid) -> u64 {
    let (own, mapped) = status(pid);
    own + mapped
}

/// How much a process may write to of what it has mapped, in bytes: what `RLIMIT_DATA` counts.
pub(super) fn data_size(pid: Pid) -> u64 {
    let status = proc::read(&format!("/proc/{pid}/status")).unwrap_or_default();
    kilobytes(&status, "VmData:") * 1024
}

/// The memory of a whole program, which is these processes, in bytes, each page divided by the number of processes that
/// have it: what they share after a fork counts once. Dear, so only when the quick figure is over a limit.
pub(super) fn exact(processes: &[Pid], user: Option<u32>) -> u64 {
    let (mut own, mut mapped, mut sockets, mut nameless) = (0, 0, 0, HashMap::new());
    for pid in processes.iter().copied() {
        let rollup = as_user(user, || proc::read(&format!("/proc/{pid}/smaps_rollup")));
        if let Ok(rollup) = rollup {
            let status = proc::read(&format!("/proc/{pid}/status")).unwrap_or_default();
            own += (kilobytes(&rollup, "Pss_Anon:") + kilobytes(&status, "VmPTE:")) * 1024;
            mapped += kilobytes(&rollup, "Pss_Shmem:") * 1024;
        } else {
            // Hidden by itself: then it counts whole.
            let (all, shared) = status(pid);
            own += all;
            mapped += shared;
        }
        let open = open(pid, user);
        sockets += open.socket_bytes();
        nameless.extend(open.nameless);
    }
    let named = user.and_then(|user| named_by_user().remove(&user));
    let all = Of {
        own,
        sockets,
        mapped,
        nameless: nameless.values().sum(),
        on_disk: 0,
    };
    all.with_named(named.unwrap_or(0))
}

/// What the files on disk without a name take that a whole program has open, in bytes: one that several processes
/// have counts once. Dear, as [`exact`] is.
pub(super) fn exact_on_disk(processes: &[Pid], user: Option<u32>) -> u64 {
    let files = processes.iter().flat_map(|pid| open(*pid, user).on_disk);
    files.collect::<HashMap<_, _>>().values().sum()
}

/// What is in `/dev/shm`, by its owner, in bytes.
pub(super) fn named_by_user() -> HashMap<u32, u64> {
    let mut by_user = HashMap::new();
    for entry in fs::read_dir(NAMED).into_iter().flatten().flatten() {
        if let Ok(found) = entry.metadata() {
            let bytes = by_user.entry(found.uid()).or_default();
            *bytes += (found.blocks() * 512).max(LEAST_OF_A_NAME);
        }
    }
    by_user
}

/// What each socket may hold of what was sent on it and is not read, in bytes: programs cannot change it.
static SOCKET_BYTES: LazyLock<u64> = LazyLock::new(|| {
    let told = fs::read_to_string("/proc/sys/net/core/wmem_default");
    let told = told.ok().and_then(|text| text.trim().parse().ok());
    told.unwrap_or(212_992)
});

/// What a process has open that is memory.
#[derive(Debug, Default)]
struct Open {
    sockets: u64,
    /// The size in memory of each file, by its number.
    nameless: HashMap<u64, u64>,
    /// The size on disk of each file without a name, by its device and its number.
    on_disk: HashMap<(u64, u64), u64>,
}

impl Open {
    fn socket_bytes(&self) -> u64 {
        self.sockets.saturating_sub(FREE_SOCKETS) * *SOCKET_BYTES
    }
}

fn open(pid: Pid, user: Option<u32>) -> Open {
    as_user(user, || {
        let mut open = Open::default();
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd"));
        for descriptor in descriptors.into_iter().flatten().flatten() {
            // It may be closed by now, or be hidden by the process itself.
            let Ok(target) = fs::read_link(descriptor.path()) else {
                continue;
            };
            let target = target.to_string_lossy();
            if target.starts_with("socket:") {
                open.sockets += 1;
            } else if target.ends_with(" (deleted)")
                && let Ok(found) = fs::metadata(descriptor.path())
            {
                let bytes = found.blocks() * 512;
                if target.starts_with(NAMED) {
                    open.nameless.insert(found.ino(), bytes);
                } else {
                    open.on_disk.insert((found.dev(), found.ino()), bytes);
                }
            }
        }
        open
    })
}

/// The kernel shows what a process has mapped and open only to its own user, or to one with rights over all
/// processes, which a container's root has not.
fn as_user<T>(user: Option<u32>, look: impl FnOnce() -> T) -> T {
    match user {
        Some(user) => identity::as_owner(Identity::of(user), look),
        None => look(),
    }
}

/// Anonymous memory with the tables of pages, and mapped shared memory. Any thread tells it for all; the first
/// may have ended before the others.
fn status(pid: Pid) -> (u64, u64) {
    let one = |status: io::Result<String>| {
        let status = status.ok()?;
        let own = kilobytes(&status, "RssAnon:") + kilobytes(&status, "VmPTE:");
        let mapped = kilobytes(&status, "RssShmem:");
        (own > 0).then_some((own * 1024, mapped * 1024))
    };
    let first = one(proc::read(&format!("/proc/{pid}/status")));
    let any = || {
        let mut threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
        threads.find_map(|thread| one(proc::read(thread.path().join("status").to_str()?)))
    };
    first.or_else(any).unwrap_or((0, 0))
}

fn kilobytes(text: &str, name: &str) -> u64 {
    field(text, name)
        .and_then(|value| value.strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}
