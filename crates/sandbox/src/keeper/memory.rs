//! What programs hold in memory, as `/proc` shows it.
//!
//! A program's memory is what it has made: anonymous and shared memory, the tables of its pages, what waits in its sockets,
//! what the kernel needs for its mappings and locks, and files in `/dev/shm`. Files on disk that it has mapped the system
//! can drop by itself.

use std::{collections::HashMap, fs, ops::AddAssign, os::unix::fs::MetadataExt, path::PathBuf};

use rustix::process::Pid;

use super::{
    census::field,
    effort::Patience,
    held::{Held, Owner, as_user},
};
use crate::{
    private::{SHARED_MEMORY, SharedMemory},
    proc,
};

/// What the kernel needs for a mapping, in bytes.
const BYTES_OF_A_MAPPING: u64 = 256;
/// And for all that a process can have (`vm.max_map_count`, which is as large as this unless the operator has changed it).
pub(super) const MAX_MAPPINGS_BYTES: u64 = 65_530 * BYTES_OF_A_MAPPING;
/// The least that a name there counts, in bytes: it is kept in memory, too.
const LEAST_OF_A_NAME: u64 = 64 << 10;

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
    on_disk: u64,
    /// Files without a name that it holds otherwise.
    beside: u64,
    /// What the kernel needs for its mappings.
    pub(super) mappings: u64,
    /// How many other files it may hold, of a size that nobody can see.
    pub(super) unknown_files: u64,
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

    /// The same, with what it has open now.
    pub(super) fn open_now(pid: Pid, owner: Owner<'_>, before: Self) -> Self {
        let held = Held::open(pid, owner);
        Self::mapped_now(pid, before.with(&held))
    }

    /// The same, with all that it holds. Dear.
    pub(super) fn all_now(pid: Pid, owner: Owner<'_>) -> Self {
        let held = Held::all(pid, owner);
        let before = Self {
            beside: held.bytes_beside(),
            unknown_files: held.files_of_unknown_size(),
            mappings: held.mappings() * BYTES_OF_A_MAPPING,
            ..Self::default()
        };
        Self::mapped_now(pid, before.with(&held))
    }

    fn with(self, held: &Held) -> Self {
        Self {
            sockets: held.socket_bytes(),
            nameless: held.bytes_in_memory(),
            on_disk: held.bytes_on_disk(),
            ..self
        }
    }

    /// Files without a name whose size is known and that are not memory.
    pub(super) fn nameless_on_disk(self) -> u64 {
        self.on_disk + self.beside
    }

    /// All of it, with what is in the program's own `/dev/shm`; where it has none, with `named` bytes in files of the
    /// shared one, which may be mapped or not.
    pub(super) fn with_shared(self, own: Option<&SharedMemory>, named: u64) -> u64 {
        let shared = match own {
            Some(memory) => memory.used_bytes(),
            None => self.mapped.max(self.nameless + named),
        };
        self.own + self.sockets + shared
    }
}

impl AddAssign for Of {
    fn add_assign(&mut self, other: Self) {
        self.own += other.own;
        self.sockets += other.sockets;
        self.mapped += other.mapped;
        self.nameless += other.nameless;
        self.on_disk += other.on_disk;
        self.beside += other.beside;
        self.unknown_files += other.unknown_files;
        self.mappings += other.mappings;
    }
}

/// What a process of ours has besides files, in bytes.
pub(super) fn own(pid: Pid) -> u64 {
    let (own, mapped) = status(pid);
    own + mapped
}

/// Anonymous memory of a process, in bytes. The quickest look there is.
pub(super) fn anonymous(pid: Pid) -> u64 {
    let pages = proc::read(format!("/proc/{pid}/statm")).unwrap_or_default();
    // Size, resident, and of that what is of files or shared (proc(5)).
    let mut pages = pages.split_ascii_whitespace().skip(1);
    let mut next = || pages.next().and_then(|pages| pages.parse::<u64>().ok());
    let resident = next().unwrap_or(0);
    resident.saturating_sub(next().unwrap_or(0)) * rustix::param::page_size() as u64
}

/// How much a process may write to of what it has mapped, in bytes: what `RLIMIT_DATA` counts.
pub(super) fn data_size(pid: Pid) -> u64 {
    let status = proc::read(format!("/proc/{pid}/status")).unwrap_or_default();
    kilobytes(&status, "VmData:") * 1024
}

/// The memory of a whole program, which is these processes, in bytes, each page divided by the number of processes that
/// have it: what they share after a fork counts once. Dear, so only when the quick figure is over a limit.
pub(super) fn exact(processes: &[Pid], owner: Owner<'_>, patience: &Patience) -> Option<u64> {
    let (mut own, mut mapped, mut sockets) = (0, 0, 0);
    let mut nameless = HashMap::new();
    for pid in processes.iter().copied() {
        patience.go_on()?;
        let rollup = as_user(owner.user, || {
            of_any_thread(pid, "smaps_rollup", "Pss_Anon:")
        });
        if let Some(rollup) = rollup {
            let status = of_any_thread(pid, "status", "VmPTE:").unwrap_or_default();
            own += (kilobytes(&rollup, "Pss_Anon:") + kilobytes(&status, "VmPTE:")) * 1024;
            mapped += kilobytes(&rollup, "Pss_Shmem:") * 1024;
        } else {
            // Hidden by itself: then it counts whole.
            let (all, shared) = status(pid);
            own += all;
            mapped += shared;
        }
        let held = Held::open(pid, owner);
        sockets += held.socket_bytes();
        nameless.extend(held.in_memory);
    }
    let shares = owner.user.filter(|_| owner.memory.is_none());
    let named = shares.and_then(|user| named_by_user().remove(&user));
    let all = Of {
        own,
        sockets,
        mapped,
        nameless: nameless.values().sum(),
        ..Of::default()
    };
    Some(all.with_shared(owner.memory, named.unwrap_or(0)))
}

/// What is in the `/dev/shm` that programs share, by its owner, in bytes.
pub(super) fn named_by_user() -> HashMap<u32, u64> {
    let mut by_user = HashMap::new();
    for entry in fs::read_dir(SHARED_MEMORY).into_iter().flatten().flatten() {
        if let Ok(found) = entry.metadata() {
            let bytes = by_user.entry(found.uid()).or_default();
            *bytes += (found.blocks() * 512).max(LEAST_OF_A_NAME);
        }
    }
    by_user
}

/// Anonymous memory with the tables of pages, and mapped shared memory.
fn status(pid: Pid) -> (u64, u64) {
    let status = of_any_thread(pid, "status", "VmPTE:").unwrap_or_default();
    let own = kilobytes(&status, "RssAnon:") + kilobytes(&status, "VmPTE:");
    (own * 1024, kilobytes(&status, "RssShmem:") * 1024)
}

/// What the file `name` of a process in `/proc` tells, with a line that begins with `field`. Any thread tells it for all;
/// the first may have ended before the others.
fn of_any_thread(pid: Pid, name: &str, field: &str) -> Option<String> {
    let one = |path: PathBuf| {
        let text = proc::read(path).ok()?;
        text.contains(field).then_some(text)
    };
    one(format!("/proc/{pid}/{name}").into()).or_else(|| {
        let mut threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
        threads.find_map(|thread| one(thread.path().join(name)))
    })
}

fn kilobytes(text: &str, name: &str) -> u64 {
    field(text, name)
        .and_then(|value| value.strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}
