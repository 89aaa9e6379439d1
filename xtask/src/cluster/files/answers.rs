//! What the kernel asks of a folder seen through a gate, and the answers.
//!
//! Nothing is remembered from one question to the next, so that one host sees at once what the other has done.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::{ffi::OsStrExt, fs::FileExt},
    path::Path,
    time::{Duration, SystemTime},
};

use fuser::{
    BsdFileFlags, Errno, FileHandle, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, fstat, fstatvfs, linkat, mkdirat, openat, readlinkat,
    renameat_with, symlinkat, unlinkat,
};

use super::{
    lock,
    nodes::{Listed, Nodes, Wish, by_number, errno},
};

/// Nothing is remembered.
const REMEMBERED: Duration = Duration::ZERO;
/// There is one of each number: a node that is known is held open.
const GENERATION: Generation = Generation(0);

/// Answers what was asked: by an error where the gate or the folder has one.
macro_rules! answer {
    ($files:ident, $reply:ident, $done:expr, |$found:pat_param| $tell:expr) => {{
        let done = $files.gate.pass().and_then(|()| $done);
        match done {
            Ok($found) => $tell,
            Err(errno) => $reply.error(errno),
        }
    }};
}

impl Filesystem for Nodes {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        answer!(self, reply, self.find(parent, name), |found| reply.entry(
            &REMEMBERED,
            &found,
            GENERATION
        ));
    }

    fn forget(&self, _: &Request, node: INodeNo, lookups: u64) {
        self.forgotten(node, lookups);
    }

    fn getattr(&self, _: &Request, node: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let found = || fstat(&*self.path(node)?).map_err(errno);
        answer!(self, reply, found(), |stat| reply
            .attr(&REMEMBERED, &self.attributes(&stat)));
    }

    fn setattr(
        &self,
        _: &Request,
        node: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        accessed: Option<TimeOrNow>,
        modified: Option<TimeOrNow>,
        _: Option<SystemTime>,
        handle: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let wish = Wish {
            mode,
            uid,
            gid,
            size,
            accessed,
            modified,
            handle,
        };
        answer!(self, reply, self.change(node, &wish), |found| reply
            .attr(&REMEMBERED, &found));
    }

    fn readlink(&self, _: &Request, node: INodeNo, reply: ReplyData) {
        let read = || readlinkat(&*self.path(node)?, "", Vec::new()).map_err(errno);
        answer!(self, reply, read(), |target| reply.data(target.as_bytes()));
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        let make = || {
            mkdirat(&*self.path(parent)?, name, Mode::RWXU).map_err(errno)?;
            self.give(request, parent, name, Some(mode))
        };
        answer!(self, reply, make(), |found| reply.entry(
            &REMEMBERED,
            &found,
            GENERATION
        ));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let remove = || {
            let folder = self.path(parent)?;
            self.hold(&folder, name)?;
            unlinkat(&folder, name, AtFlags::empty()).map_err(errno)
        };
        answer!(self, reply, remove(), |()| reply.ok());
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let remove = || unlinkat(&*self.path(parent)?, name, AtFlags::REMOVEDIR).map_err(errno);
        answer!(self, reply, remove(), |()| reply.ok());
    }

    fn symlink(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        target: &Path,
        reply: ReplyEntry,
    ) {
        let make = || {
            symlinkat(target, &*self.path(parent)?, name).map_err(errno)?;
            self.give(request, parent, name, None)
        };
        answer!(self, reply, make(), |found| reply.entry(
            &REMEMBERED,
            &found,
            GENERATION
        ));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let flags = rustix::fs::RenameFlags::from_bits_retain(flags.bits());
        let rename = || {
            let (from, to) = (self.path(parent)?, self.path(new_parent)?);
            let exchanges = flags.contains(rustix::fs::RenameFlags::EXCHANGE);
            if !exchanges {
                self.hold(&to, new_name)?;
            }
            renameat_with(&from, name, &to, new_name, flags).map_err(errno)?;
            self.has_come(new_parent, &to, new_name);
            if exchanges {
                self.has_come(parent, &from, name);
            }
            Ok(())
        };
        answer!(self, reply, rename(), |()| reply.ok());
    }

    fn link(&self, _: &Request, node: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let link = || {
            let (from, to) = (self.path(node)?, self.path(parent)?);
            linkat(CWD, by_number(&from), &*to, name, AtFlags::SYMLINK_FOLLOW).map_err(errno)?;
            self.find(parent, name)
        };
        answer!(self, reply, link(), |found| reply.entry(
            &REMEMBERED,
            &found,
            GENERATION
        ));
    }

    fn open(&self, _: &Request, node: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let open = || {
            let flags = OFlags::from_bits_retain(flags.0.cast_unsigned());
            let flags = flags.difference(OFlags::NOFOLLOW) | OFlags::CLOEXEC;
            let path = self.path(node)?;
            let file = openat(CWD, by_number(&path), flags, Mode::empty()).map_err(errno)?;
            Ok(self.keep(file.into()))
        };
        answer!(self, reply, open(), |handle| reply
            .opened(handle, FopenFlags::empty()));
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        flags: i32,
        reply: ReplyCreate,
    ) {
        let create = || {
            let flags = OFlags::from_bits_retain(flags.cast_unsigned());
            let flags = flags | OFlags::CREATE | OFlags::CLOEXEC;
            let file = openat(&*self.path(parent)?, name, flags, Mode::RUSR | Mode::WUSR)
                .map_err(errno)?;
            let found = self.give(request, parent, name, Some(mode))?;
            Ok((found, self.keep(file.into())))
        };
        answer!(self, reply, create(), |(found, handle)| reply.created(
            &REMEMBERED,
            &found,
            GENERATION,
            handle,
            FopenFlags::empty()
        ));
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = || {
            let mut bytes = vec![0; size as usize];
            let read = self.file(handle)?.read_at(&mut bytes, offset)?;
            bytes.truncate(read);
            Ok(bytes)
        };
        answer!(self, reply, read(), |bytes| reply.data(&bytes));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let write = || {
            let written = self.file(handle)?.write_at(bytes, offset)?;
            u32::try_from(written).map_err(|_| Errno::EINVAL)
        };
        answer!(self, reply, write(), |written| reply.written(written));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        answer!(self, reply, Ok(()), |()| reply.ok());
    }

    fn fsync(&self, _: &Request, _: INodeNo, handle: FileHandle, _: bool, reply: ReplyEmpty) {
        let sync = || Ok(self.file(handle)?.sync_all()?);
        answer!(self, reply, sync(), |()| reply.ok());
    }

    fn fsyncdir(&self, _: &Request, node: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let sync = || Ok(File::open(by_number(&*self.path(node)?))?.sync_all()?);
        answer!(self, reply, sync(), |()| reply.ok());
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        lock(&self.open).remove(&handle.0);
        reply.ok();
    }

    fn opendir(&self, _: &Request, node: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        answer!(self, reply, self.list(node), |handle| reply
            .opened(handle, FopenFlags::empty()));
    }

    fn readdir(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let listing = || {
            lock(&self.listings)
                .get(&handle.0)
                .cloned()
                .ok_or(Errno::EBADF)
        };
        answer!(self, reply, listing(), |listing| {
            let rest = (1..)
                .zip(listing.iter())
                .skip_while(|(at, _)| *at <= offset);
            for (next, Listed { node, kind, name }) in rest {
                let name = OsStr::from_bytes(name);
                if reply.add(INodeNo(*node), next, *kind, name) {
                    break;
                }
            }
            reply.ok();
        });
    }

    fn releasedir(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        reply: ReplyEmpty,
    ) {
        lock(&self.listings).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, node: INodeNo, reply: ReplyStatfs) {
        let found = || fstatvfs(&*self.path(node)?).map_err(errno);
        answer!(self, reply, found(), |stat| {
            let narrow = |number: u64| number.try_into().unwrap_or(u32::MAX);
            reply.statfs(
                stat.f_blocks,
                stat.f_bfree,
                stat.f_bavail,
                stat.f_files,
                stat.f_ffree,
                narrow(stat.f_bsize),
                narrow(stat.f_namemax),
                narrow(stat.f_frsize),
            );
        });
    }
}
