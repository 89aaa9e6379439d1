//! What programs keep from being freed though it has no name any more: files and folders that were deleted and that
//! somebody has open, has mapped, runs or is in. Nobody else sees these. And sockets, each of which can hold what nobody
//! has read.
//!
//! All threads of a process have the same files open, no descriptor is on its way to another process, and no system call
//! waits with a file that was closed meanwhile: the filter of system calls sees to that.

use std::{
    collections::{HashMap, HashSet, hash_map::RandomState},
    fs::{self, File},
    hash::BuildHasher,
    io::{self, BufRead, BufReader},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use rustix::{
    fs::{AtFlags, CWD, StatxFlags, makedev, statx},
    process::Pid,
};

use super::{census::field, effort::Patience};
use crate::{
    Identity, identity,
    private::{SHARED_MEMORY as NAMED, SharedMemory},
    proc,
};

/// Sockets of one process that count nothing.
const FREE_SOCKETS: u64 = 8;
/// The most that is read of the files that a process has mapped, in bytes: paths can be made as long as somebody likes.
/// Of mappings without a path there are no more than the kernel allows, some 65,000.
const MOST_OF_PATHS: usize = 2 << 20;
/// What the kernel puts behind the path of a file that has no name any more.
const DELETED: &[u8] = b" (deleted)";
/// Files of a process that holds some where nobody can look.
pub(super) const ANY_NUMBER: u64 = 1 << 20;

/// Whose processes are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The user, who may look at what they hold, if that is one of the program's own.
    pub(super) user: Option<u32>,
    /// Where the program can make files, with all beneath.
    pub(super) places: &'a [PathBuf],
    /// Its own `/dev/shm`, which tells itself what is in it.
    pub(super) memory: Option<&'a SharedMemory>,
}

impl Owner<'_> {
    /// Whether a file is in a `/dev/shm` of the program's own.
    fn is_in_own_memory(self, (device, _): Key) -> bool {
        self.memory.is_some_and(|memory| memory.device() == device)
    }
}

/// A file, by its device and its number.
type Key = (u64, u64);

/// What a process, or several, hold.
#[derive(Debug, Default)]
pub(super) struct Held {
    mappings: u64,
    sockets: u64,
    /// The size in memory of each file of `/dev/shm` without a name that is open, by its number.
    pub(super) in_memory: HashMap<u64, u64>,
    /// The size on disk of each other file without a name that is open.
    on_disk: HashMap<Key, u64>,
    /// The size of each that is mapped, run or a place to be in, and may be open, too.
    beside: HashMap<Key, u64>,
    /// What those were called that are open.
    called: HashSet<Called>,
    /// The files without a name that are mapped and of which nobody tells how large they are.
    mapped: HashSet<Mapped>,
    /// Whether something is held where nobody can look.
    is_hidden: bool,
}

impl Held {
    /// What a process has open.
    pub(super) fn open(pid: Pid, owner: Owner<'_>) -> Self {
        as_user(owner.user, || {
            let mut held = Self::default();
            held.note_open(pid, owner);
            held
        })
    }

    /// All that a process holds, as far as that can be seen. Dear: it reads what the process has mapped.
    pub(super) fn all(pid: Pid, owner: Owner<'_>) -> Self {
        as_user(owner.user, || {
            let mut held = Self::default();
            held.note_open(pid, owner);
            held.note_mapped(pid, owner);
            held.note_places(pid, owner);
            held
        })
    }

    /// What several processes hold together: what two of them hold counts once.
    pub(super) fn all_of(processes: &[Pid], owner: Owner<'_>, patience: &Patience) -> Option<Self> {
        processes.iter().try_fold(Self::default(), |held, pid| {
            patience.go_on()?;
            Some(held.with(Self::all(*pid, owner)))
        })
    }

    fn with(mut self, other: Self) -> Self {
        self.mappings += other.mappings;
        self.sockets += other.sockets;
        self.in_memory.extend(other.in_memory);
        self.on_disk.extend(other.on_disk);
        self.beside.extend(other.beside);
        self.called.extend(other.called);
        self.mapped.extend(other.mapped);
        self.is_hidden |= other.is_hidden;
        self
    }

    /// The number of its mappings.
    pub(super) fn mappings(&self) -> u64 {
        self.mappings
    }

    /// What may wait in its sockets, in bytes.
    pub(super) fn socket_bytes(&self) -> u64 {
        self.sockets.saturating_sub(FREE_SOCKETS) * *SOCKET_BYTES
    }

    /// What the open files of `/dev/shm` without a name take, in bytes.
    pub(super) fn bytes_in_memory(&self) -> u64 {
        self.in_memory.values().sum()
    }

    /// What the other open files without a name take, in bytes.
    pub(super) fn bytes_on_disk(&self) -> u64 {
        self.on_disk.values().sum()
    }

    /// What those take that are held without being open, in bytes.
    pub(super) fn bytes_beside(&self) -> u64 {
        let open = |(device, number): &Key| {
            Some(*device) == *DEVICE_OF_NAMED && self.in_memory.contains_key(number)
                || self.on_disk.contains_key(&(*device, *number))
        };
        let beside = self.beside.iter().filter(|(key, _)| !open(key));
        beside.map(|(_, bytes)| bytes).sum()
    }

    /// What all files without a name may take, but for open ones in memory; those of which it is not known up to
    /// `file_bytes`.
    pub(super) fn nameless_bytes(&self, file_bytes: u64) -> u64 {
        let known = self.bytes_on_disk() + self.bytes_beside();
        known + self.files_of_unknown_size() * file_bytes
    }

    /// How many files it may hold beside those, each as large as a file can be.
    pub(super) fn files_of_unknown_size(&self) -> u64 {
        if self.is_hidden {
            return ANY_NUMBER;
        }
        let is_unknown = |file: &&Mapped| match file {
            Mapped::InMemory(number) => !self.in_memory.contains_key(number),
            Mapped::OnDisk(called) => !self.called.contains(called),
        };
        let files = self.mapped.iter().filter(is_unknown).count();
        u64::try_from(files).unwrap_or(ANY_NUMBER)
    }

    fn note_open(&mut self, pid: Pid, owner: Owner<'_>) {
        for place in places_of(pid) {
            let descriptors = match fs::read_dir(place.join("fd")) {
                Ok(descriptors) => descriptors,
                Err(error) => {
                    self.note_refusal(&error, &place);
                    continue;
                }
            };
            let mut count = 0;
            for descriptor in descriptors.flatten() {
                count += 1;
                match fs::read_link(descriptor.path()) {
                    Ok(target) if target.as_os_str().as_bytes().starts_with(b"socket:") => {
                        self.sockets += 1;
                    }
                    Ok(target) => {
                        if let Some(path) = target.as_os_str().as_bytes().strip_suffix(DELETED)
                            && let Some(number) = self.note_descriptor(&descriptor.path(), owner)
                        {
                            self.called.insert(Called::new(number, path));
                        }
                    }
                    // Its path is longer than can be told.
                    Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                        self.note_descriptor(&descriptor.path(), owner);
                    }
                    Err(_) => {
                        // It is closed by now.
                    }
                }
            }
            if count > 0 {
                return;
            }
        }
    }

    /// Notes what is open by a descriptor, if that has no name, and returns its number.
    fn note_descriptor(&mut self, link: &Path, owner: Owner<'_>) -> Option<u64> {
        // An error says that it is closed by now.
        let ((device, number), bytes) = nameless(link, owner).ok()??;
        if *DEVICE_OF_NAMED == Some(device) {
            self.in_memory.insert(number, bytes);
        } else {
            self.on_disk.insert((device, number), bytes);
        }
        Some(number)
    }

    fn note_mapped(&mut self, pid: Pid, owner: Owner<'_>) {
        for place in places_of(pid) {
            let mappings = match File::open(place.join("maps")) {
                Ok(mappings) => mappings,
                Err(error) => {
                    self.note_refusal(&error, &place);
                    continue;
                }
            };
            let mut mappings = BufReader::with_capacity(64 << 10, mappings);
            let (mut line, mut count, mut of_paths) = (Vec::new(), 0, 0);
            while of_paths < MOST_OF_PATHS
                && mappings
                    .read_until(b'\n', &mut line)
                    .is_ok_and(|read| read > 0)
            {
                count += 1;
                if line.contains(&b'/') {
                    of_paths += line.len();
                    self.note_mapping(&line, &place, owner);
                }
                line.clear();
            }
            self.is_hidden |= of_paths >= MOST_OF_PATHS;
            self.mappings += count;
            if count > 0 {
                return;
            }
        }
    }

    /// Notes a file that is mapped, by its line of `maps`.
    fn note_mapping(&mut self, line: &[u8], place: &Path, owner: Owner<'_>) {
        let Some(Mapping { range, mapped }) = deleted_file(line, owner) else {
            return;
        };
        // Root of a machine, and not of a container, is told which file it is.
        match nameless(&place.join("map_files").join(range), owner) {
            Ok(told) => self.beside.extend(told),
            Err(_) => {
                self.mapped.insert(mapped);
            }
        }
    }

    /// The program that it runs, whose code need not be mapped, and the folder that it is in.
    fn note_places(&mut self, pid: Pid, owner: Owner<'_>) {
        for place in places_of(pid) {
            let mut is_told = false;
            for link in ["exe", "cwd"].map(|name| place.join(name)) {
                match fs::read_link(&link) {
                    Ok(path) => {
                        is_told = true;
                        if is_deleted(&path) && is_made_by(&path, owner) {
                            self.beside.extend(nameless(&link, owner).ok().flatten());
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                        is_told = true;
                        self.beside.extend(nameless(&link, owner).ok().flatten());
                    }
                    Err(_) => {
                        // It has ended.
                    }
                }
            }
            if is_told {
                return;
            }
        }
    }

    /// Whoever may not be looked into may hold anything, unless there is nothing more to see.
    fn note_refusal(&mut self, error: &io::Error, place: &Path) {
        self.is_hidden |= error.kind() == io::ErrorKind::PermissionDenied && has_memory(place);
    }
}

/// What a link of `/proc` leads to, and how large it is on its disk, if that is a file or folder without a name. Not one
/// in the owner's own `/dev/shm`.
fn nameless(link: &Path, owner: Owner<'_>) -> io::Result<Option<(Key, u64)>> {
    let asked = StatxFlags::NLINK | StatxFlags::INO | StatxFlags::BLOCKS;
    // Of a file of another machine only what is known here: nobody waits for the network.
    let found = statx(CWD, link, AtFlags::STATX_DONT_SYNC, asked)?;
    let device = makedev(found.stx_dev_major, found.stx_dev_minor);
    let key = (device, found.stx_ino);
    let is_nameless = found.stx_nlink == 0 && !owner.is_in_own_memory(key);
    Ok(is_nameless.then_some((key, found.stx_blocks * 512)))
}

/// The folders of `/proc` that tell of a process: its own, and its threads', for the first may have ended before the
/// others.
fn places_of(pid: Pid) -> impl Iterator<Item = PathBuf> {
    let own = PathBuf::from(format!("/proc/{pid}"));
    let threads = own.join("task");
    let threads = std::iter::once(threads).filter_map(|threads| fs::read_dir(threads).ok());
    let threads = threads.flatten().flatten().map(|thread| thread.path());
    std::iter::once(own).chain(threads)
}

/// Whether it has not ended. The kernel shows nobody what one has open that is ending and has no memory any more: nothing,
/// or soon nothing.
fn has_memory(process: &Path) -> bool {
    let status = proc::read(process.join("status"));
    status.is_ok_and(|status| field(&status, "VmSize:").is_some())
}

/// A file without a name that is mapped.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Mapped {
    /// By its number.
    InMemory(u64),
    OnDisk(Called),
}

/// What a file without a name was called, which two on different devices never are. Their devices do not tell them apart:
/// some file systems tell another one for the same file where it is mapped.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Called {
    number: u64,
    path: u64,
}

impl Called {
    /// Of the path it keeps what takes no room.
    fn new(number: u64, path: &[u8]) -> Self {
        static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self {
            number,
            path: HASHES.hash_one(path),
        }
    }
}

/// A line of `maps` about a file without a name.
struct Mapping<'line> {
    /// The addresses, as the file is called in `map_files`.
    range: &'line str,
    mapped: Mapped,
}

fn is_deleted(path: &Path) -> bool {
    path.as_os_str().as_bytes().ends_with(DELETED)
}

/// The file of a line of `maps`, if it has no name any more and the program can have made it.
///
/// Not those that an upgrade of the system or of the class's packages has replaced; and no semaphores, which Python deletes
/// as soon as it has made them: 32 bytes each, where they are what they are called.
fn deleted_file<'line>(line: &'line [u8], owner: Owner<'_>) -> Option<Mapping<'line>> {
    let line = line.trim_ascii_end().strip_suffix(DELETED)?;
    // Addresses, rights, offset, device, number, path: proc(5).
    let begin = line.iter().position(|byte| *byte == b'/')?;
    let (numbers, name) = line.split_at(begin);
    let mut numbers = str::from_utf8(numbers).ok()?.split_ascii_whitespace();
    let (range, number) = (numbers.next()?, numbers.nth(3)?.parse().ok()?);
    let path = Path::new(std::ffi::OsStr::from_bytes(name));
    let mapped = match path.strip_prefix(NAMED) {
        Ok(_) if owner.memory.is_some() => return None,
        Ok(name) if name.as_os_str().as_bytes().starts_with(b"sem.") => return None,
        Ok(_) => Mapped::InMemory(number),
        Err(_) if is_made_by(path, owner) => Mapped::OnDisk(Called::new(number, name)),
        Err(_) => return None,
    };
    Some(Mapping { range, mapped })
}

fn is_made_by(path: &Path, owner: Owner<'_>) -> bool {
    owner.memory.is_none() && path.starts_with(NAMED)
        || owner.places.iter().any(|place| path.starts_with(place))
}

/// What each socket may hold of what was sent on it and is not read, in bytes: programs cannot change it.
static SOCKET_BYTES: LazyLock<u64> = LazyLock::new(|| {
    let told = fs::read_to_string("/proc/sys/net/core/wmem_default");
    let told = told.ok().and_then(|text| text.trim().parse().ok());
    told.unwrap_or(212_992)
});

static DEVICE_OF_NAMED: LazyLock<Option<u64>> =
    LazyLock::new(|| fs::metadata(NAMED).ok().map(|found| found.dev()));

/// The kernel shows what a process has mapped and open only to its own user, or to one with rights over all
/// processes, which a container's root has not.
pub(super) fn as_user<T>(user: Option<u32>, look: impl FnOnce() -> T) -> T {
    match user {
        Some(user) => identity::as_owner(Identity::of(user), look),
        None => look(),
    }
}
