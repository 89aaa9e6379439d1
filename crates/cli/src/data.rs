//! The data folder of one machine, and who owns what in it.
//!
//! ```text
//! <data>/database/   the SQLite file and the session key   the server's, 0700
//! <data>/files/      students' files                       the host's
//! <data>/host/       what runs leave while they live       the host's
//! <data>/link/       the socket between the two            the host's, the server may enter
//! ```

use std::{
    fs::Permissions,
    io,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
};

use anyhow::Context;
use pythonide_sandbox::identity::is_root;
use pythonide_server::{SERVER_UID, link::LinkAddress};

/// The data folder, with all that belongs in it.
#[derive(Debug, Clone)]
pub(crate) struct Data {
    path: PathBuf,
}

impl Data {
    /// Makes what is missing of the data folder, and sets owners and modes.
    pub(crate) fn prepare(path: &Path) -> anyhow::Result<Self> {
        let make = || -> io::Result<Self> {
            std::fs::create_dir_all(path)?;
            refuse_foreign(path)?;
            let data = Self {
                path: path.canonicalize()?,
            };
            for (folder, mode, owner, group) in [
                (data.path.clone(), 0o711, 0, 0),
                (data.database_folder(), 0o700, SERVER_UID, SERVER_UID),
                (data.path.join("link"), 0o2710, 0, SERVER_UID),
            ] {
                match std::fs::create_dir(&folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(error);
                    }
                    _ => {}
                }
                if is_root() {
                    chown(&folder, Some(owner), Some(group))?;
                }
                std::fs::set_permissions(&folder, Permissions::from_mode(mode))?;
            }
            Ok(data)
        };
        make().with_context(|| format!("could not prepare the data folder {}", path.display()))
    }

    pub(crate) fn database_folder(&self) -> PathBuf {
        self.path.join("database")
    }

    pub(crate) fn database_url(&self) -> String {
        format!(
            "sqlite://{}",
            self.database_folder().join("pythonide.db").display()
        )
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.path.join("files")
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.path.join("host")
    }

    pub(crate) fn link(&self) -> LinkAddress {
        LinkAddress::Unix(self.path.join("link/host.sock"))
    }
}

/// Refuses a folder with other things in it, whose owner and mode are not ours to set.
fn refuse_foreign(path: &Path) -> io::Result<()> {
    let is_ours = path.join("database").is_dir();
    // What a test or an operator puts beside is files; a home or a system's folder has folders.
    let has_folders = std::fs::read_dir(path)?
        .filter_map(Result::ok)
        .any(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    if !is_ours && has_folders {
        return Err(io::Error::other(
            "it has other folders in it; give an empty or a new one",
        ));
    }
    Ok(())
}
