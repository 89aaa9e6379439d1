//! The mounts of one program, which no other program sees: its own `/dev/shm`, and of `/dev/pts` its own terminal.
//!
//! Each child of a zygote gets a copy of the keeper's mount namespace before it knows what it becomes, so no start waits
//! for it. The kernel removes the copy, and the files of `/dev/shm`, with the last process of the program.
//!
//! The keeper itself has placeholders in `/dev/shm`. A zygote sees them as `/dev/pts`: empty files with the numbers of
//! terminals, over one of which each program mounts its own.

use std::{
    ffi::CStr,
    fs::{self, OpenOptions},
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::Path,
};

use rustix::{
    fs::{CWD, fstat, fstatvfs},
    mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, MoveMountFlags, OpenTreeFlags,
        UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount, mount_bind,
        move_mount, open_tree, unmount,
    },
    process::Pid,
    thread::{UnshareFlags, unshare_unsafe},
};

/// Where named shared memory and semaphores are.
pub(crate) const SHARED_MEMORY: &str = "/dev/shm";
const TERMINALS: &str = "/dev/pts";
const PROC: &str = "/proc";
/// Shows a process only those that it may look into.
const ONLY_OWN: &CStr = c"hidepid=ptraceable";
/// Lists the locks of all processes.
const LOCKS: &str = "/proc/locks";
/// What a name takes of the kernel's memory, in bytes, as tmpfs counts it.
const BYTES_OF_A_NAME: u64 = 1024;
/// Files and folders of one program.
const MAX_NAMES: &str = "65536";

/// The files of one program's `/dev/shm`.
#[derive(Debug)]
pub(crate) struct SharedMemory {
    root: OwnedFd,
    device: u64,
}

impl SharedMemory {
    /// An empty file system that is mounted nowhere yet; its files may take up to `bytes`.
    pub(crate) fn make(bytes: u64) -> io::Result<Self> {
        let system = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        let system = system.as_fd();
        fsconfig_set_string(system, "mode", "1777")?;
        fsconfig_set_string(system, "size", bytes.to_string())?;
        fsconfig_set_string(system, "nr_inodes", MAX_NAMES)?;
        fsconfig_create(system)?;
        let harmless = MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        let root = fsmount(system, FsMountFlags::FSMOUNT_CLOEXEC, harmless)?;
        let device = fstat(&root)?.st_dev;
        Ok(Self { root, device })
    }

    /// Its device number.
    pub(crate) fn device(&self) -> u64 {
        self.device
    }

    /// What its files take, with and without names, in bytes.
    pub(crate) fn used_bytes(&self) -> u64 {
        let Ok(found) = fstatvfs(&self.root) else {
            return 0;
        };
        let pages = found.f_blocks.saturating_sub(found.f_bfree) * found.f_frsize;
        let names = found.f_files.saturating_sub(found.f_ffree);
        pages + names * BYTES_OF_A_NAME
    }

    /// Whether a process has it as its `/dev/shm`.
    pub(crate) fn is_seen_by(&self, pid: Pid) -> io::Result<bool> {
        let seen = fs::metadata(format!("/proc/{pid}/root{SHARED_MEMORY}"))?;
        Ok(seen.dev() == self.device)
    }

    /// Mounts it for this process alone, as children of a zygote do (`confine.py`).
    pub(crate) fn mount(&self) -> io::Result<()> {
        unshare_mounts()?;
        let itself = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
        Ok(move_mount(&self.root, "", CWD, SHARED_MEMORY, itself)?)
    }
}

impl AsFd for SharedMemory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

/// Mounts what programs see, and the place of the placeholders. The machine's own shared memory is out of reach then.
pub(crate) fn prepare() -> io::Result<()> {
    mount("proc", PROC, "proc", harmless(), Some(ONLY_OWN))?;
    let options = c"mode=755,size=64k,nr_inodes=65536";
    Ok(mount(
        "tmpfs",
        SHARED_MEMORY,
        "tmpfs",
        harmless(),
        Some(options),
    )?)
}

/// Lets this process, which is the keeper, and the child with which it lowers a program's priority see all processes. To be
/// called when the `/proc` of programs is open for Landlock's rules, which go by the file system.
pub(crate) fn see_all() -> io::Result<()> {
    Ok(mount("proc", PROC, "proc", harmless(), None)?)
}

/// Gives this process, which becomes a zygote and has one thread, mounts in which programs see nothing of each other.
pub(crate) fn hide_others() -> io::Result<()> {
    unshare_mounts()?;
    // Beneath the keeper's is that of programs.
    unmount(PROC, UnmountFlags::DETACH)?;
    mount_bind(SHARED_MEMORY, TERMINALS)?;
    if Path::new(LOCKS).exists() {
        mount_bind("/dev/null", LOCKS)?;
    }
    Ok(())
}

fn harmless() -> MountFlags {
    MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC
}

#[expect(
    unsafe_code,
    reason = "unsafe for flags that unshare descriptors between threads, of which there is one"
)]
fn unshare_mounts() -> io::Result<()> {
    // SAFETY: this flag takes no descriptors away from other threads.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS)? };
    Ok(())
}

/// A program's terminal, to be mounted over a placeholder.
#[derive(Debug)]
pub(crate) struct Terminal {
    /// The path that the program knows it by.
    pub(crate) path: String,
    /// The mount.
    pub(crate) mount: OwnedFd,
}

impl Terminal {
    /// The terminal of this descriptor; `None` where it has no name here, as in another instance of devpts.
    pub(crate) fn of(slave: impl AsFd) -> io::Result<Option<Self>> {
        let Ok(name) = rustix::termios::ttyname(slave, Vec::new()) else {
            return Ok(None);
        };
        let Some(path) = name.to_str().ok().map(str::to_owned) else {
            return Ok(None);
        };
        let Some(number) = path.strip_prefix(TERMINALS) else {
            return Ok(None);
        };
        make_placeholder(number)?;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let mount = open_tree(CWD, path.as_str(), flags)?;
        Ok(Some(Self { path, mount }))
    }
}

fn make_placeholder(number: &str) -> io::Result<()> {
    let path = format!("{SHARED_MEMORY}{number}");
    let mut make = OpenOptions::new();
    match make.write(true).create_new(true).mode(0o444).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
