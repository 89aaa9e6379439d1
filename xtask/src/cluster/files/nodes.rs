//! The files and folders that the kernel knows of a folder seen through a gate.

use std::{
    collections::{HashMap, VecDeque},
    ffi::{OsStr, OsString},
    fs::File,
    io::Error,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fuser::{Errno, FileAttr, FileHandle, FileType, INodeNo, Request, TimeOrNow};
use rustix::fs::{
    AtFlags, CWD, Dir, Gid, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, Uid,
    chmodat, chownat, fstat, openat, statat, utimensat,
};

use super::{gate::Gate, lock};

/// What the kernel knows of a folder.
pub(super) struct Nodes {
    pub(super) gate: Arc<Gate>,
    pub(super) root: u64,
    known: Mutex<Known>,
    pub(super) open: Mutex<HashMap<u64, Arc<File>>>,
    pub(super) listings: Mutex<HashMap<u64, Arc<Vec<Listed>>>>,
    handles: AtomicU64,
}

/// The nodes. The kernel knows more than may be open at once.
struct Known {
    nodes: HashMap<u64, Node>,
    /// Those that were opened last, the oldest first.
    opened: VecDeque<u64>,
}

/// A file or folder that the kernel knows.
struct Node {
    /// A folder that is known, and the name there. The root has none, and what has lost its name.
    place: Option<(u64, OsString)>,
    path: Option<Arc<OwnedFd>>,
    /// How often the kernel has asked for it.
    lookups: u64,
}

/// So many nodes with a name stay open.
const MOST_OPENED: usize = 4000;
/// Names a file or folder, and opens neither.
const NAMING: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Known {
    /// Keeps a node open, and lets go of the oldest.
    fn opened(&mut self, number: u64, path: &Arc<OwnedFd>) {
        let Some(node) = self.nodes.get_mut(&number) else {
            return;
        };
        if node.path.replace(Arc::clone(path)).is_none() {
            self.opened.push_back(number);
        }
        while self.opened.len() > MOST_OPENED {
            let oldest = self.opened.pop_front();
            let oldest = oldest.and_then(|oldest| self.nodes.get_mut(&oldest));
            if let Some(node) = oldest.filter(|node| node.place.is_some()) {
                node.path = None;
            }
        }
    }
}

/// A name in a folder.
pub(super) struct Listed {
    pub(super) node: u64,
    pub(super) kind: FileType,
    pub(super) name: Vec<u8>,
}

impl Nodes {
    pub(super) fn of(folder: &Path, gate: Arc<Gate>) -> anyhow::Result<Self> {
        let path = openat(CWD, folder, NAMING | OFlags::DIRECTORY, Mode::empty())?;
        let root = fstat(&path)?.st_ino;
        let node = Node {
            place: None,
            path: Some(Arc::new(path)),
            lookups: 1,
        };
        let known = Known {
            nodes: HashMap::from([(root, node)]),
            opened: VecDeque::new(),
        };
        Ok(Self {
            gate,
            root,
            known: Mutex::new(known),
            open: Mutex::default(),
            listings: Mutex::default(),
            handles: AtomicU64::new(1),
        })
    }

    /// A node's number here, which the kernel calls otherwise if it is the root.
    pub(super) fn inside(&self, node: INodeNo) -> u64 {
        if node == INodeNo::ROOT {
            self.root
        } else {
            node.0
        }
    }

    pub(super) fn path(&self, node: INodeNo) -> Result<Arc<OwnedFd>, Errno> {
        self.path_of(self.inside(node))
    }

    fn path_of(&self, number: u64) -> Result<Arc<OwnedFd>, Errno> {
        let (parent, name) = {
            let known = lock(&self.known);
            let node = known.nodes.get(&number).ok_or(Errno::ESTALE)?;
            if let Some(path) = &node.path {
                return Ok(Arc::clone(path));
            }
            node.place.clone().ok_or(Errno::ESTALE)?
        };
        let folder = self.path_of(parent)?;
        let path = openat(&folder, &name, NAMING, Mode::empty()).map_err(errno)?;
        // Another gate may have put something else there, as on a network file system.
        if fstat(&path).map_err(errno)?.st_ino != number {
            return Err(Errno::ESTALE);
        }
        let path = Arc::new(path);
        lock(&self.known).opened(number, &path);
        Ok(path)
    }

    /// The kernel asks for it no more, as often as it says.
    pub(super) fn forgotten(&self, node: INodeNo, lookups: u64) {
        let number = self.inside(node);
        let mut known = lock(&self.known);
        if let Some(node) = known.nodes.get_mut(&number) {
            node.lookups = node.lookups.saturating_sub(lookups);
            if node.lookups == 0 && number != self.root {
                known.nodes.remove(&number);
            }
        }
    }

    pub(super) fn file(&self, handle: FileHandle) -> Result<Arc<File>, Errno> {
        let open = lock(&self.open);
        open.get(&handle.0).cloned().ok_or(Errno::EBADF)
    }

    pub(super) fn attributes(&self, stat: &Stat) -> FileAttr {
        FileAttr {
            ino: if stat.st_ino == self.root {
                INodeNo::ROOT
            } else {
                INodeNo(stat.st_ino)
            },
            size: stat.st_size.unsigned_abs(),
            blocks: stat.st_blocks.unsigned_abs(),
            atime: moment(stat.st_atime, stat.st_atime_nsec),
            mtime: moment(stat.st_mtime, stat.st_mtime_nsec),
            ctime: moment(stat.st_ctime, stat.st_ctime_nsec),
            crtime: UNIX_EPOCH,
            kind: kind(rustix::fs::FileType::from_raw_mode(stat.st_mode)),
            // The twelve bits of a mode.
            perm: (stat.st_mode & 0o7777).try_into().unwrap_or_default(),
            nlink: stat.st_nlink.try_into().unwrap_or(u32::MAX),
            uid: stat.st_uid,
            gid: stat.st_gid,
            rdev: stat.st_rdev.try_into().unwrap_or_default(),
            blksize: 4096,
            flags: 0,
        }
    }

    /// What is there; the kernel knows it from now on.
    pub(super) fn find(&self, parent: INodeNo, name: &OsStr) -> Result<FileAttr, Errno> {
        let folder = self.path(parent)?;
        let path = openat(&folder, name, NAMING, Mode::empty()).map_err(errno)?;
        let stat = fstat(&path).map_err(errno)?;
        let mut known = lock(&self.known);
        let node = known.nodes.entry(stat.st_ino).or_insert(Node {
            place: None,
            path: None,
            lookups: 0,
        });
        node.lookups += 1;
        if stat.st_ino != self.root {
            node.place = Some((self.inside(parent), name.to_owned()));
        }
        known.opened(stat.st_ino, &Arc::new(path));
        drop(known);
        Ok(self.attributes(&stat))
    }

    /// Keeps open what is about to lose its name, if the kernel knows it.
    pub(super) fn hold(&self, folder: &OwnedFd, name: &OsStr) -> Result<(), Errno> {
        let path = match openat(folder, name, NAMING, Mode::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(()),
            path => path.map_err(errno)?,
        };
        let number = fstat(&path).map_err(errno)?.st_ino;
        if let Some(node) = lock(&self.known).nodes.get_mut(&number) {
            node.place = None;
            node.path = Some(Arc::new(path));
        }
        Ok(())
    }

    /// Takes note that something has come to a place, unless it has gone on already.
    pub(super) fn has_come(&self, parent: INodeNo, folder: &OwnedFd, name: &OsStr) {
        let Ok(found) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
            return;
        };
        if let Some(node) = lock(&self.known).nodes.get_mut(&found.st_ino) {
            node.place = Some((self.inside(parent), name.to_owned()));
        }
    }

    /// Gives what was just made to who asked for it, with the mode that was asked for.
    pub(super) fn give(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: Option<u32>,
    ) -> Result<FileAttr, Errno> {
        let folder = self.path(parent)?;
        // A folder may hand its group on; that is done by now.
        let hands_on = fstat(&folder).map_err(errno)?.st_mode & 0o2000 != 0;
        let gid = (!hands_on).then(|| Gid::from_raw(request.gid()));
        let uid = Some(Uid::from_raw(request.uid()));
        chownat(&folder, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW).map_err(errno)?;
        if let Some(mode) = mode {
            let there = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(errno)?;
            let mode = Mode::from_raw_mode(mode & 0o7777 | there.st_mode & 0o2000);
            chmodat(&folder, name, mode, AtFlags::empty()).map_err(errno)?;
        }
        self.find(parent, name)
    }

    pub(super) fn keep(&self, file: File) -> FileHandle {
        let handle = self.handles.fetch_add(1, Ordering::Relaxed);
        lock(&self.open).insert(handle, Arc::new(file));
        FileHandle(handle)
    }

    pub(super) fn list(&self, node: INodeNo) -> Result<FileHandle, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(&*self.path(node)?, ".", flags, Mode::empty()).map_err(errno)?;
        let mut listing = Vec::new();
        for entry in Dir::new(folder).map_err(errno)? {
            let entry = entry.map_err(errno)?;
            listing.push(Listed {
                node: entry.ino(),
                kind: kind(entry.file_type()),
                name: entry.file_name().to_bytes().to_owned(),
            });
        }
        let handle = self.handles.fetch_add(1, Ordering::Relaxed);
        lock(&self.listings).insert(handle, Arc::new(listing));
        Ok(FileHandle(handle))
    }

    pub(super) fn change(&self, node: INodeNo, wish: &Wish) -> Result<FileAttr, Errno> {
        let path = self.path(node)?;
        if let Some(mode) = wish.mode {
            let mode = Mode::from_raw_mode(mode & 0o7777);
            chmodat(CWD, by_number(&path), mode, AtFlags::empty()).map_err(errno)?;
        }
        if wish.uid.is_some() || wish.gid.is_some() {
            let (uid, gid) = (wish.uid.map(Uid::from_raw), wish.gid.map(Gid::from_raw));
            chownat(&path, "", uid, gid, AtFlags::EMPTY_PATH).map_err(errno)?;
        }
        if let Some(size) = wish.size {
            let file = match wish.handle {
                Some(handle) => self.file(handle)?,
                None => Arc::new(File::options().write(true).open(by_number(&path))?),
            };
            file.set_len(size)?;
        }
        if wish.accessed.is_some() || wish.modified.is_some() {
            let times = Timestamps {
                last_access: time(wish.accessed),
                last_modification: time(wish.modified),
            };
            utimensat(CWD, by_number(&path), &times, AtFlags::empty()).map_err(errno)?;
        }
        Ok(self.attributes(&fstat(&path).map_err(errno)?))
    }
}

/// What is to be changed of a node.
pub(super) struct Wish {
    pub(super) mode: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) accessed: Option<TimeOrNow>,
    pub(super) modified: Option<TimeOrNow>,
    pub(super) handle: Option<FileHandle>,
}

/// A way to what a descriptor only names.
pub(super) fn by_number(path: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", path.as_fd().as_raw_fd())
}

fn kind(kind: rustix::fs::FileType) -> FileType {
    use rustix::fs::FileType as Found;
    match kind {
        Found::Directory => FileType::Directory,
        Found::Symlink => FileType::Symlink,
        Found::Fifo => FileType::NamedPipe,
        Found::Socket => FileType::Socket,
        Found::CharacterDevice => FileType::CharDevice,
        Found::BlockDevice => FileType::BlockDevice,
        Found::RegularFile | Found::Unknown => FileType::RegularFile,
    }
}

/// A moment of the folder's; one before 1970 is 1970.
fn moment(seconds: i64, nanoseconds: u64) -> SystemTime {
    let seconds = Duration::from_secs(seconds.try_into().unwrap_or_default());
    UNIX_EPOCH + seconds + Duration::from_nanos(nanoseconds)
}

fn time(wish: Option<TimeOrNow>) -> Timespec {
    let (seconds, nanoseconds) = match wish {
        None => (0, UTIME_OMIT),
        Some(TimeOrNow::Now) => (0, UTIME_NOW),
        Some(TimeOrNow::SpecificTime(time)) => {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
            let seconds = since.as_secs().try_into().unwrap_or(i64::MAX);
            (seconds, since.subsec_nanos().into())
        }
    };
    Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds,
    }
}

pub(super) fn errno(errno: rustix::io::Errno) -> Errno {
    Error::from(errno).into()
}
