//! What a run leaves lying about, gone with the run.
//!
//! The student decides how much there is and how deep, so removing it takes neither stack nor
//! descriptors by depth: folders within a folder are moved up beside it, and so to the top.

use std::{
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use pythonide_sandbox::{Identity, Separation, identity};
use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, fchmod, openat, renameat, unlinkat},
    io::Errno,
};
use uuid::Uuid;

use super::launch::FONTS;
use crate::files::Owner;

/// Where named shared memory and semaphores are. Only a uid keeps students apart in it.
pub(super) const SHARED_MEMORY: &str = "/dev/shm";
/// Folders of the system's that everybody may write to, where Landlock does not keep programs out.
const OPEN_TO_ALL: [&str; 2] = ["/tmp", "/var/tmp"];

/// The folders outside its own where a program may leave something that is known by its user.
pub(crate) fn open_folders(separation: Separation, has_landlock: bool) -> Vec<PathBuf> {
    let mut open = Vec::new();
    if separation == Separation::Uid {
        open.push(SHARED_MEMORY);
        if !has_landlock {
            open.extend(OPEN_TO_ALL);
        }
    }
    let open = open.into_iter().map(PathBuf::from);
    open.filter(|folder| folder.is_dir()).collect()
}
/// The folder of the runs' folders, in the scratch folder.
const FOLDER: &str = "tmp";
/// How one is called that a host has left behind.
const LEFT_BEHIND: &str = "left-";

/// A run's own folder for temporary files; dropping it removes it, which may take long.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    parent: PathBuf,
    name: String,
    owner: Identity,
    /// Where else the run may have left something.
    open_folders: Vec<PathBuf>,
}

impl TemporaryFolder {
    /// Makes it beneath the host's scratch folder, for its owner alone.
    pub(super) fn make(
        scratch: &Path,
        has_fonts: bool,
        open_folders: Vec<PathBuf>,
        run: Uuid,
        owner: &Owner,
    ) -> io::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt, chown};
        let made = Self {
            parent: scratch.join(FOLDER),
            name: run.to_string(),
            owner: owner.identity(),
            open_folders,
        };
        std::fs::DirBuilder::new().mode(0o700).create(made.path())?;
        if identity::is_root() {
            chown(made.path(), Some(made.owner.uid), Some(made.owner.gid))?;
        }
        // While a zygote still builds the list there is half of one, which a program would take for a broken one.
        if has_fonts {
            made.point_to_fonts(scratch)?;
        }
        Ok(made)
    }

    /// Makes the list of fonts that a zygote has built known to the programs that a program starts:
    /// building it takes matplotlib seconds.
    fn point_to_fonts(&self, scratch: &Path) -> io::Result<()> {
        use std::os::unix::fs::{chown, symlink};
        let lists = match std::fs::read_dir(scratch.join(FONTS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lists => lists?,
        };
        let folder = self.path().join(FONTS);
        std::fs::create_dir(&folder)?;
        for list in lists {
            let list = list?;
            symlink(list.path(), folder.join(list.file_name()))?;
        }
        if identity::is_root() {
            chown(&folder, Some(self.owner.uid), Some(self.owner.gid))?;
        }
        Ok(())
    }

    pub(super) fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// Removes what the run has left where everybody may leave something: the system would keep it for ever.
    fn empty_open_folder(&self, folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            if found.uid() != self.owner.uid {
                continue;
            }
            if found.is_dir() {
                let name = entry.file_name();
                remove_tree(folder, &name.to_string_lossy())?;
            } else {
                identity::as_owner(self.owner, || std::fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(&self.parent, &self.name) {
            tracing::warn!(path = %self.path().display(), %error, "a run's temporary folder is left");
        }
        for folder in &self.open_folders {
            if let Err(error) = self.empty_open_folder(folder) {
                tracing::warn!(path = %folder.display(), %error, "something of a run is left");
            }
        }
    }
}

/// Makes the folder of the runs' folders. What a host that died has left there is put aside at once
/// and removed in the background: however much it is, it does not keep the host from starting.
pub(crate) fn prepare(scratch: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = scratch.join(FOLDER);
    if folder.exists() {
        std::fs::rename(
            &folder,
            scratch.join(format!("{LEFT_BEHIND}{}", Uuid::new_v4())),
        )?;
    }
    std::fs::DirBuilder::new().mode(0o711).create(&folder)?;
    let scratch = scratch.to_owned();
    std::thread::Builder::new()
        .name("clean up".to_owned())
        .spawn(move || {
            if let Err(error) = remove_left_behind(&scratch) {
                tracing::warn!(%error, "what an earlier host has left could not all be removed");
            }
        })?;
    Ok(())
}

fn remove_left_behind(scratch: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(scratch)? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.starts_with(LEFT_BEHIND)) {
            remove_tree(scratch, name)?;
        }
    }
    Ok(())
}

/// Removes a folder with all that is in it, following no link, with three descriptors at most.
fn remove_tree(parent: &Path, name: &str) -> io::Result<()> {
    let parent = rustix::fs::open(parent, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let top = open_folder(&parent, name)?;
    // Each round removes a level: what lay in it is now at the top, until nothing is.
    let mut moved = 0_u64;
    loop {
        let mut is_empty = true;
        for entry in Dir::read_from(&top)? {
            let entry = entry?;
            if is_dots(entry.file_name().to_bytes()) {
                continue;
            }
            is_empty = false;
            if !remove_one(&top, entry.file_name())? {
                empty_into(&top, entry.file_name(), &mut moved)?;
                unlinkat(&top, entry.file_name(), AtFlags::REMOVEDIR)?;
            }
        }
        if is_empty {
            return Ok(unlinkat(&parent, name, AtFlags::REMOVEDIR)?);
        }
    }
}

/// Removes what is in a folder of `top`; folders with something in them move to `top` instead.
fn empty_into(top: &OwnedFd, name: &std::ffi::CStr, moved: &mut u64) -> io::Result<()> {
    let folder = open_folder(top, name)?;
    for entry in Dir::read_from(&folder)? {
        let entry = entry?;
        if is_dots(entry.file_name().to_bytes()) || remove_one(&folder, entry.file_name())? {
            continue;
        }
        *moved += 1;
        // A name that no student chose, for it holds this removal's own id.
        let place = format!("{moved}-{}", Uuid::new_v4());
        match renameat(&folder, entry.file_name(), top, &place) {
            // Where the host is not root, a folder that cannot be written to cannot be moved.
            Err(Errno::ACCESS) => {
                drop(open_folder(&folder, entry.file_name())?);
                renameat(&folder, entry.file_name(), top, &place)?;
            }
            other => other?,
        }
    }
    Ok(())
}

/// Removes a file or an empty folder; false for a folder with something in it.
fn remove_one(folder: &OwnedFd, name: &std::ffi::CStr) -> io::Result<bool> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) => return Ok(true),
        Err(Errno::ISDIR) => {}
        Err(error) => return Err(error.into()),
    }
    match unlinkat(folder, name, AtFlags::REMOVEDIR) {
        Ok(()) => Ok(true),
        Err(Errno::NOTEMPTY) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Opens a folder whatever mode its student gave it.
fn open_folder<P: rustix::path::Arg + Copy>(beneath: &OwnedFd, name: P) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(beneath, name, flags, Mode::empty()) {
        Err(Errno::ACCESS) => {
            rustix::fs::chmodat(beneath, name, Mode::RWXU, AtFlags::empty())?;
            openat(beneath, name, flags, Mode::empty())?
        }
        other => other?,
    };
    // Where the host is not root it needs the rights that the student took away.
    fchmod(&folder, Mode::RWXU)?;
    Ok(folder)
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_any_depth_and_mode_is_removed_and_no_link_followed() {
        let parent = tempfile::tempdir().unwrap();
        let outside = parent.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("kept"), b"").unwrap();
        let mut folder = {
            let top = parent.path().join("top");
            std::fs::create_dir(&top).unwrap();
            std::os::unix::fs::symlink(&outside, top.join("link")).unwrap();
            rustix::fs::open(&top, OFlags::DIRECTORY, Mode::empty()).unwrap()
        };
        for depth in 0..5000 {
            rustix::fs::mkdirat(&folder, "d", Mode::RWXU).unwrap();
            let next = openat(&folder, "d", OFlags::DIRECTORY, Mode::empty()).unwrap();
            if depth % 1000 == 500 {
                fchmod(&folder, Mode::empty()).unwrap();
            }
            folder = next;
        }
        remove_tree(parent.path(), "top").unwrap();
        assert!(!parent.path().join("top").exists());
        assert!(outside.join("kept").exists());
    }
}
