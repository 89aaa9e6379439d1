//! Where an owner's files are, and how a path becomes a descriptor.

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use pythonide_link::RefusalKind;
use pythonide_sandbox::{Identity, identity};
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, fstat, openat2, statat},
    io::Errno,
    path::Arg,
};

use super::{
    RESERVED_PREFIX, homes,
    refusals::{Doing, FileError, refuse},
};
use crate::tenure::Held;

/// The folder of the homes.
pub(super) const HOMES: &str = "Local";

/// Whose files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A user's home.
    User {
        /// The name of the home.
        username: String,
        /// Who owns the files in it.
        identity: Identity,
    },
    /// The folders that professors hand out.
    Shared {
        /// Who owns the files in them.
        identity: Identity,
    },
}

impl Owner {
    /// Who owns the files.
    pub fn identity(&self) -> Identity {
        match self {
            Self::User { identity, .. } | Self::Shared { identity } => *identity,
        }
    }

    /// The name of the home; empty for the shared folders.
    pub(crate) fn username(&self) -> &str {
        match self {
            Self::User { username, .. } => username,
            Self::Shared { .. } => "",
        }
    }
}

/// The folder of all files.
#[derive(Debug, Clone)]
pub struct Root {
    path: Arc<Path>,
    opened: Arc<OwnedFd>,
}

impl Root {
    /// Opens the folder of all files, which must exist.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let opened = rustix::fs::open(
            &path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(Self {
            path: path.into(),
            opened: Arc::new(opened),
        })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens an owner's folder, making a home that is missing.
    pub(crate) fn workspace(&self, owner: Owner, held: Held) -> Result<Workspace, FileError> {
        let folder = match &owner {
            Owner::User { username, identity } => {
                if !plain_name(username) {
                    return refuse(RefusalKind::BadName, "That is no username.");
                }
                self.home(&owner, username, *identity)?
            }
            Owner::Shared { .. } => {
                open_folder(&self.opened, ".").doing("open the shared folder")?
            }
        };
        Ok(Workspace {
            root: self.clone(),
            owner,
            held,
            folder: Arc::new(folder),
        })
    }
}

impl Root {
    /// Opens a home, which is made if it is missing, and mended if it is root's or its owner may not enter it. One that
    /// belongs to another account is left alone.
    fn home(
        &self,
        owner: &Owner,
        username: &str,
        identity: Identity,
    ) -> Result<OwnedFd, FileError> {
        let path = format!("{HOMES}/{username}");
        let opened = open_folder(&self.opened, &path);
        match opened {
            Ok(folder) => {
                let found = fstat(&folder).doing("look at a home")?;
                let is_theirs = found.st_uid == identity.uid || !identity::is_root();
                if is_theirs && found.st_mode & 0o700 == 0o700 {
                    return Ok(folder);
                }
            }
            Err(Errno::NOENT) => {}
            Err(Errno::NOTDIR | Errno::LOOP) => {
                tracing::error!(path, "a home is not a folder");
                return refuse(
                    RefusalKind::Denied,
                    "Where your folder should be is a file or a link. Nothing was touched; ask the administrator of this \
                     site to move it away.",
                );
            }
            Err(error) => return Err(error).doing("open a home"),
        }
        if let Some(uid) = homes::stranger(self, owner).doing("look at a home")? {
            tracing::error!(
                path,
                uid,
                account = identity.uid,
                "a home belongs to another account; see: pythonide users sync-directories --help"
            );
            return refuse(
                RefusalKind::Denied,
                "The folder with your name belongs to an account that had the name before. Nothing was touched; ask the \
                 administrator of this site whether it is to be yours.",
            );
        }
        homes::make_home(self, owner).doing("make a home")?;
        open_folder(&self.opened, &path).doing("open a home")
    }
}

/// An owner's folder, open.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(super) root: Root,
    pub(super) owner: Owner,
    /// That this host keeps it.
    pub(crate) held: Held,
    folder: Arc<OwnedFd>,
}

/// A path's folder, open, and the name in it.
pub(super) struct Place {
    pub(super) folder: OwnedFd,
    pub(super) name: String,
}

impl Workspace {
    /// Does `work` with the owner's rights on files.
    pub(super) fn as_owner<T>(&self, work: impl FnOnce() -> T) -> T {
        identity::as_owner(self.owner.identity(), work)
    }

    /// The absolute path of the owner's folder, for programs.
    pub(crate) fn home(&self) -> PathBuf {
        match &self.owner {
            Owner::User { username, .. } => self.root.path().join(HOMES).join(username),
            Owner::Shared { .. } => self.root.path().to_owned(),
        }
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// What professors have handed out: folders, and files beside them.
    pub(crate) fn shared_entries(&self) -> io::Result<Vec<PathBuf>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(self.root.path())? {
            let entry = entry?;
            let name = entry.file_name();
            let is_ours = name == HOMES || name.to_string_lossy().starts_with(RESERVED_PREFIX);
            let kind = entry.file_type()?;
            if !is_ours && (kind.is_dir() || kind.is_file()) {
                entries.push(entry.path());
            }
        }
        Ok(entries)
    }

    /// Opens the folder at `path`; the empty path is the owner's own.
    pub(super) fn folder(&self, path: &str) -> Result<OwnedFd, FileError> {
        let path = self.checked(path)?;
        open_folder(&self.folder, if path.is_empty() { "." } else { path }).doing("open a folder")
    }

    /// Opens the folder that holds `path`.
    pub(super) fn place(&self, path: &str) -> Result<Place, FileError> {
        let path = self.checked(path)?;
        if path.is_empty() {
            return refuse(RefusalKind::BadName, "The whole folder cannot be meant.");
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = open_folder(&self.folder, if folder.is_empty() { "." } else { folder });
        Ok(Place {
            folder: folder.doing("open a folder")?,
            name: name.to_owned(),
        })
    }

    /// Opens the plain file at `path` for reading.
    pub(super) fn file(&self, path: &str) -> Result<(File, Stat), FileError> {
        self.place(path)?.file()
    }

    /// Refuses a path that the server should not have sent. The kernel would keep it beneath the
    /// folder all the same; this is for a plain answer, and for what is ours or another owner's.
    pub(super) fn checked<'path>(&self, path: &'path str) -> Result<&'path str, FileError> {
        if !path.is_empty() && !path.split('/').all(plain_name) {
            return refuse(RefusalKind::BadName, "The path cannot be used.");
        }
        let first = path.split('/').next();
        if matches!(self.owner, Owner::Shared { .. }) && first == Some(HOMES) {
            return refuse(RefusalKind::NotFound, "There is no such file or folder.");
        }
        Ok(path)
    }
}

impl Place {
    /// Opens the plain file of this name for reading.
    pub(super) fn file(&self) -> Result<(File, Stat), FileError> {
        // Opening a pipe would wait for its other end.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = open_beneath(&self.folder, &self.name, flags).doing("open a file")?;
        let stat = fstat(&file).doing("look at a file")?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok((file.into(), stat)),
            FileType::Directory => refuse(RefusalKind::NotAFile, "That is a folder."),
            _ => refuse(RefusalKind::NotAFile, "That is not a plain file."),
        }
    }

    /// What is at this place, itself and not what it links to.
    pub(super) fn look(&self) -> Result<Option<Stat>, FileError> {
        match statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error).doing("look at a file"),
        }
    }
}

/// One part of a path that may be sent.
pub(super) fn plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && !name.contains(['/', '\0'])
        && !name.starts_with(RESERVED_PREFIX)
}

/// Opens a folder beneath another, for looking and for changing names in it.
pub(super) fn open_folder(beneath: &OwnedFd, path: impl Arg + Copy) -> rustix::io::Result<OwnedFd> {
    open_beneath(beneath, path, OFlags::RDONLY | OFlags::DIRECTORY).or_else(|error| match error {
        // The folder of all files can be traversed by everybody and listed by few.
        Errno::ACCESS => open_beneath(beneath, path, OFlags::PATH | OFlags::DIRECTORY),
        _ => Err(error),
    })
}

/// Opens something beneath a folder, without following any link.
pub(super) fn open_beneath(
    beneath: &OwnedFd,
    path: impl Arg,
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(
        beneath,
        path,
        flags | OFlags::CLOEXEC,
        Mode::empty(),
        resolve,
    )
}

/// Opens a folder by its path from the host's own settings.
pub(super) fn open_own_folder(path: &Path) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(
        CWD,
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )
}
