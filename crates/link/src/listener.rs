//! The host's end of the link.

use std::{
    fmt,
    fs::Permissions,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
};

use tokio::net::UnixListener;

/// Where a host listens: `unix:/path/of/the/socket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkAddress {
    /// A Unix socket, for a server on the same machine. Who may connect is decided by the
    /// permissions of its folder.
    Unix(PathBuf),
}

impl FromStr for LinkAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(format!(
                "{text:?} is no link address: write unix:/absolute/path"
            )),
        }
    }
}

impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unix(path) = self;
        write!(f, "unix:{}", path.display())
    }
}

/// Accepts servers.
#[derive(Debug)]
pub struct Listener(pub UnixListener);

/// Listens at `address`. A socket left behind by a host that died is replaced.
///
/// The socket is open to its group, so that a server of another uid can be let in by the group of
/// the folder; the folder must keep everybody else out.
pub fn bind(address: &LinkAddress) -> io::Result<Listener> {
    let LinkAddress::Unix(path) = address;
    remove_stale(path)?;
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o660))?;
    Ok(Listener(listener))
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            // A host that is alive answers here; two of them would take each other's programs.
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    "another host is listening there",
                ));
            }
            std::fs::remove_file(path)
        }
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something else than a socket is there",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
