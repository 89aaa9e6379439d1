//! A file that is written elsewhere, and takes its place when it is whole and durable.
//!
//! It is written in the owner's trash, under a name that begins with the workspace's fence. A host that hangs in the middle
//! of putting it in its place may finish that when it wakes up, long after another host got the workspace: but that one has
//! removed, before anything else, all that was begun under a lower fence (`take_over`), so nothing is there to be put
//! anywhere. None can be overlooked: the one who writes makes sure, once its file is there, that it still keeps the
//! workspace; whoever takes it over does so later than that, and finds the file.

use std::{fs::File, os::fd::OwnedFd};

use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, fchmod, fstat, fsync, openat, renameat, statat, unlinkat},
    io::Errno,
};
use uuid::Uuid;

use super::{
    RESERVED_PREFIX, Workspace,
    homes::{make_home, stranger},
    place::Place,
    refusals::{Doing, FileError},
    trash::open_trash,
};
use crate::tenure;

/// How such a file is called until then.
pub(super) const PREFIX: &str = ".pythonide-save-";
const _: () = assert!(PREFIX.len() > RESERVED_PREFIX.len());

const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The file; dropped before it took its place, it is removed.
pub(super) struct Temporary {
    workspace: Workspace,
    place: Place,
    /// Where it is until then; `None` beside its place.
    folder: Option<OwnedFd>,
    name: String,
    pub(super) file: File,
    is_placed: bool,
}

impl Temporary {
    /// Makes an empty one that only its owner can read.
    pub(super) fn make(workspace: &Workspace, place: Place) -> Result<Self, FileError> {
        let name = name(workspace.held.fence());
        let folder = folder(workspace)?;
        // What is mounted within the files takes no file from elsewhere.
        let device = |of: &OwnedFd| {
            fstat(of)
                .map(|found| found.st_dev)
                .doing("look at a folder")
        };
        let is_elsewhere = device(&folder)? != device(&place.folder)?;
        let folder = (!is_elsewhere).then_some(folder);
        let within = folder.as_ref().unwrap_or(&place.folder);
        let file = workspace
            .as_owner(|| openat(within, &name, NEW, Mode::from_raw_mode(0o600)))
            .doing("make a file")?;
        let made = Self {
            workspace: workspace.clone(),
            place,
            folder,
            name,
            file: file.into(),
            is_placed: false,
        };
        workspace.held.check()?;
        Ok(made)
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
            let put = renameat(
                self.within(),
                &self.name,
                &self.place.folder,
                &self.place.name,
            );
            if put == Err(Errno::NOENT) && self.is_gone() {
                return Err(tenure::not_held().into());
            }
            put.doing("put a file in its place")?;
            self.is_placed = true;
            fsync(&self.place.folder).doing("make a file durable")
        })
    }

    /// Whether it is where it was written no more, as when whoever has the workspace now has removed it.
    fn is_gone(&self) -> bool {
        let found = statat(self.within(), &self.name, AtFlags::SYMLINK_NOFOLLOW);
        found.is_err_and(|error| error == Errno::NOENT)
    }

    fn within(&self) -> &OwnedFd {
        self.folder.as_ref().unwrap_or(&self.place.folder)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_placed {
            // If it cannot be removed now, whoever has the workspace next will, or who lists the folder.
            let _ = self
                .workspace
                .as_owner(|| unlinkat(self.within(), &self.name, AtFlags::empty()));
        }
    }
}

/// Removes what earlier hosts have not put in its place, so that they cannot any more. Nothing may be done with the
/// workspace before.
pub(crate) fn take_over(workspace: &Workspace) -> Result<(), FileError> {
    let doing = "take the files over";
    let own = workspace.held.fence();
    let folder = folder(workspace)?;
    workspace.as_owner(|| {
        // What a network file system has kept of the listing from long ago is forgotten with a change of one's own.
        let mark = name(own);
        openat(&folder, &mark, NEW, Mode::from_raw_mode(0o600)).doing(doing)?;
        unlinkat(&folder, &mark, AtFlags::empty()).doing(doing)?;
        for entry in Dir::read_from(&folder).doing(doing)? {
            let entry = entry.doing(doing)?;
            let fence = entry.file_name().to_str().ok().and_then(fence_of);
            if fence.is_none_or(|fence| fence >= own) {
                continue;
            }
            match unlinkat(&folder, entry.file_name(), AtFlags::empty()) {
                // It was put in its place in this moment: before anything was answered, as if the host had not hung.
                // And what a program has called so is no file that could be put in another's place.
                Ok(()) | Err(Errno::NOENT | Errno::ISDIR) => {}
                Err(error) => return Err(error).doing(doing),
            }
        }
        fsync(&folder).doing(doing)
    })
}

/// Opens the owner's trash, which is made or mended if the owner's programs have closed it.
fn folder(workspace: &Workspace) -> Result<OwnedFd, FileError> {
    workspace
        .as_owner(|| open_trash(workspace))
        .or_else(|error| {
            let stranger = stranger(&workspace.root, &workspace.owner).doing("look at a trash")?;
            if stranger.is_some() {
                return Err(error);
            }
            make_home(&workspace.root, &workspace.owner).doing("make a trash")?;
            workspace.as_owner(|| open_trash(workspace))
        })
}

fn name(fence: u64) -> String {
    format!("{PREFIX}{fence}-{}", Uuid::new_v4())
}

fn fence_of(name: &str) -> Option<u64> {
    let (fence, _) = name.strip_prefix(PREFIX)?.split_once('-')?;
    fence.parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use std::{io::Write, path::Path, sync::Arc};

    use pythonide_link::RefusalKind;
    use pythonide_sandbox::Identity;

    use super::*;
    use crate::{
        files::{Owner, Root, homes::lay_out},
        tenure::{Held, Tenure},
    };

    pub(in crate::files) fn host() -> Arc<Tenure> {
        let tenure = Arc::new(Tenure::new());
        tenure.renew(tenure.beat(), None);
        tenure
    }

    /// Ada's workspace at a host.
    pub(in crate::files) fn workspace(files: &Path, host: &Arc<Tenure>, fence: u64) -> Workspace {
        let shared = Owner::Shared {
            identity: Identity::own(),
        };
        lay_out(files, &shared).unwrap();
        let ada = Owner::User {
            username: "ada".to_owned(),
            identity: Identity::own(),
        };
        let held = Held::new(host, "ada", fence);
        held.check().unwrap();
        let root = Root::open(files).unwrap();
        let workspace = root.workspace(ada, held).unwrap();
        take_over(&workspace).unwrap();
        workspace
    }

    fn written(workspace: &Workspace, text: &str) -> Temporary {
        let place = workspace.place("main.py").unwrap();
        let mut written = Temporary::make(workspace, place).unwrap();
        written.file.write_all(text.as_bytes()).unwrap();
        written.finish(0o644).unwrap();
        written
    }

    #[test]
    fn what_a_host_that_hung_finishes_late_finds_nothing_to_put_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (host(), host());
        let late = written(&workspace(folder.path(), &first, 1), "late");
        let next = workspace(folder.path(), &second, 2);
        written(&next, "of the next").put_in_place().unwrap();
        // Whoever asked is told to ask the next one, and not that a file is missing.
        let refused = late.put_in_place().unwrap_err();
        let FileError::Refused(refusal) = &refused else {
            panic!("{refused}");
        };
        assert_eq!(refusal.kind, RefusalKind::NotHeld);
        let path = folder.path().join("Local/ada/main.py");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "of the next");
    }

    #[test]
    fn a_host_that_began_too_late_to_be_noticed_notices_itself() {
        let folder = tempfile::tempdir().unwrap();
        let first = host();
        let before = workspace(folder.path(), &first, 1);
        // It has hung since then, and another has had the workspace.
        first.give_up("ada", 1);
        let place = before.place("main.py").unwrap();
        assert!(Temporary::make(&before, place).is_err());
        let trash = folder.path().join(".pythonide/trash/Local/ada");
        assert_eq!(trash.read_dir().unwrap().count(), 0);
    }

    #[test]
    fn taking_over_leaves_what_is_deleted_what_is_newer_and_what_a_program_has_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let host = host();
        let workspace = workspace(folder.path(), &host, 3);
        let trash = folder.path().join(".pythonide/trash/Local/ada");
        for name in [
            "note",
            ".pythonide-save-x",
            ".pythonide-save-4-a",
            ".pythonide-save-2-b",
        ] {
            std::fs::write(trash.join(name), "").unwrap();
        }
        std::fs::create_dir(trash.join(".pythonide-save-1-folder")).unwrap();
        take_over(&workspace).unwrap();
        let mut left: Vec<_> = trash
            .read_dir()
            .unwrap()
            .map(|found| found.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".pythonide-save-1-folder",
                ".pythonide-save-4-a",
                ".pythonide-save-x",
                "note"
            ]
        );
        // And a trash that a program has closed is opened again.
        let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
        std::fs::set_permissions(&trash, closed).unwrap();
        written(&workspace, "saved").put_in_place().unwrap();
    }
}
