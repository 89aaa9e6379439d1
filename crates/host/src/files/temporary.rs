//! A file that is written beside its place, and takes the place when it is whole and durable.

use std::fs::File;

use rustix::fs::{AtFlags, Mode, OFlags, fchmod, fsync, openat, renameat, unlinkat};
use uuid::Uuid;

use super::{
    RESERVED_PREFIX, Workspace,
    place::Place,
    refusals::{Doing, FileError},
};

/// How such a file is called until then.
pub(super) const PREFIX: &str = ".pythonide-save-";
const _: () = assert!(PREFIX.len() > RESERVED_PREFIX.len());

/// The file; dropped before it took its place, it is removed.
pub(super) struct Temporary {
    workspace: Workspace,
    place: Place,
    name: String,
    pub(super) file: File,
    is_placed: bool,
}

impl Temporary {
    /// Makes an empty one that only its owner can read.
    pub(super) fn make(workspace: &Workspace, place: Place) -> Result<Self, FileError> {
        let name = format!("{PREFIX}{}", Uuid::new_v4());
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = workspace
            .as_owner(|| openat(&place.folder, &name, flags, Mode::from_raw_mode(0o600)))
            .doing("make a file")?;
        Ok(Self {
            workspace: workspace.clone(),
            place,
            name,
            file: file.into(),
            is_placed: false,
        })
    }

    /// Where it belongs.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Makes what was written durable, with the permissions `mode`: from here on only its name changes.
    pub(super) fn finish(&self, mode: u32) -> Result<(), FileError> {
        fchmod(&self.file, Mode::from_raw_mode(mode)).doing("set a file's mode")?;
        self.file.sync_all().doing("make a file durable")
    }

    /// Takes its place, over what is there. Durable on return.
    pub(super) fn put_in_place(mut self) -> Result<(), FileError> {
        let workspace = self.workspace.clone();
        workspace.as_owner(|| {
            let folder = &self.place.folder;
            renameat(folder, &self.name, folder, &self.place.name)
                .doing("put a file in its place")?;
            self.is_placed = true;
            fsync(&self.place.folder).doing("make a file durable")
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_placed {
            // If it cannot be removed now, listing the folder will, later.
            let _ = self
                .workspace
                .as_owner(|| unlinkat(&self.place.folder, &self.name, AtFlags::empty()));
        }
    }
}
