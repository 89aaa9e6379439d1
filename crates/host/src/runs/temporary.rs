//! What a run leaves lying about, gone with the run.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pythonide_sandbox::{Identity, Separation, identity};
use uuid::Uuid;

use super::launch::FONTS;
use crate::files::{Owner, remove_tree};

/// Where named shared memory and semaphores are. Only a uid keeps students apart in it.
pub(super) const SHARED_MEMORY: &str = "/dev/shm";
/// Folders of the system's that everybody may write to, where Landlock does not keep programs out.
const OPEN_TO_ALL: [&str; 2] = ["/tmp", "/var/tmp"];

/// The folders outside its own where a program may leave something that is known by its user. With namespaces shared
/// memory is each program's own.
pub(crate) fn open_folders(
    separation: Separation,
    has_landlock: bool,
    has_namespaces: bool,
) -> Vec<PathBuf> {
    let mut open = Vec::new();
    if separation == Separation::Uid {
        if !has_namespaces {
            open.push(SHARED_MEMORY);
        }
        if !has_landlock {
            open.extend(OPEN_TO_ALL);
        }
    }
    let open = open.into_iter().map(PathBuf::from);
    open.filter(|folder| folder.is_dir()).collect()
}

/// How far the times of files may lag behind: the kernel takes them from a clock that ticks each 10 milliseconds at most.
const CLOCK: Duration = Duration::from_millis(20);

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
    followed: Followed,
}

/// When another program of the same owner takes a run's place: what comes to open folders later is that one's, which removes
/// it with its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed(Arc<OnceLock<SystemTime>>);

impl Followed {
    /// It begins after this.
    pub(super) fn now(&self) {
        let _ = self.0.set(SystemTime::now());
    }

    /// From when on what has come may be the other's.
    fn since(&self) -> Option<SystemTime> {
        self.0.get()?.checked_sub(CLOCK)
    }
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
            followed: Followed::default(),
        };
        std::fs::DirBuilder::new().mode(0o700).create(made.path())?;
        if identity::is_root() {
            chown(made.path(), Some(made.owner.uid), Some(made.owner.gid))?;
        }
        if !identity::is_root() {
            made.make_font_cache()?;
        }
        // While a zygote still builds the list there is half of one, which a program would take for a broken one.
        if has_fonts {
            made.point_to_fonts(scratch)?;
        }
        Ok(made)
    }

    /// Makes the cache folder of fontconfig, which would change the mode of a folder that it makes. Programs of the
    /// host's own user cannot do that, and fontconfig would print an error.
    fn make_font_cache(&self) -> io::Result<()> {
        std::fs::create_dir_all(self.path().join("cache/fontconfig"))
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

    /// What tells it that another takes its place.
    pub(super) fn followed(&self) -> Followed {
        self.followed.clone()
    }

    /// Removes what the run has left where everybody may leave something: the system would keep it for ever.
    fn empty_open_folder(&self, folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            let is_later = self.followed.since().is_some_and(|since| {
                let seconds = u64::try_from(found.ctime()).unwrap_or(0);
                // A file system that knows no fractions has cut one off.
                let fraction = match u32::try_from(found.ctime_nsec()) {
                    Ok(nanos @ 1..) => Duration::from_nanos(nanos.into()),
                    _ => Duration::from_secs(1),
                };
                UNIX_EPOCH + Duration::from_secs(seconds) + fraction > since
            });
            if found.uid() != self.owner.uid || is_later {
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
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let folder = scratch.join(FOLDER);
    if folder.exists() {
        std::fs::rename(
            &folder,
            scratch.join(format!("{LEFT_BEHIND}{}", Uuid::new_v4())),
        )?;
    }
    std::fs::DirBuilder::new().mode(0o711).create(&folder)?;
    // Before the keeper opens what programs may read.
    let fonts = scratch.join(FONTS);
    std::fs::DirBuilder::new().recursive(true).create(&fonts)?;
    std::fs::set_permissions(&fonts, std::fs::Permissions::from_mode(0o755))?;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn of_what_lies_in_open_folders_only_what_came_after_the_run_was_followed_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let open = tempfile::tempdir().unwrap();
        prepare(scratch.path()).unwrap();
        let owner = Owner::User {
            username: "ada".to_owned(),
            identity: Identity::own(),
        };
        let run = || {
            let folders = vec![open.path().to_owned()];
            TemporaryFolder::make(scratch.path(), false, folders, Uuid::now_v7(), &owner).unwrap()
        };
        let (first, second) = (run(), run());
        first.followed().now();
        fs::write(open.path().join("of the second"), "").unwrap();
        drop(first);
        assert!(open.path().join("of the second").exists());
        drop(second);
        assert_eq!(fs::read_dir(open.path()).unwrap().count(), 0);
    }
}
