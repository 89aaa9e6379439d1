//! As whom and where a product runs.

use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

use crate::container;

/// As whom a product runs, and what the kernel lets it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum World {
    /// As the one who started it: root in CI, with all that root may.
    #[default]
    AsItIs,
    /// A user without rights; all students' programs run as this one, kept apart by Landlock.
    Plain,
    /// Root in a container such as Fargate's: Docker's capabilities and filter of system calls, a
    /// root that is read only, no namespaces.
    Container,
    /// The same with a kernel that knows neither Landlock nor io_uring.
    ContainerOfOldKernel,
}

/// The plain user: one that nobody else is.
const PLAIN_UID: u32 = 59_990;
/// The binary that this user executes, in the data folder.
const PLAIN_BINARY: &str = "pythonide";

impl World {
    /// Those that this machine and this user can make, containers aside.
    pub fn both() -> impl Iterator<Item = Self> {
        let plain = rustix::process::geteuid().is_root().then_some(Self::Plain);
        std::iter::once(Self::AsItIs).chain(plain)
    }

    /// Those that this machine and this user can make.
    pub fn all() -> impl Iterator<Item = Self> {
        let has_containers = rustix::process::geteuid().is_root()
            && [container::RUNC, container::DOCKER_FILTER]
                .iter()
                .all(|path| Path::new(path).exists());
        let containers = [Self::Container, Self::ContainerOfOldKernel];
        Self::both().chain(containers.into_iter().filter(move |_| has_containers))
    }

    /// Whether each student is a user of the system's own.
    pub fn has_uids(self) -> bool {
        match self {
            Self::AsItIs => rustix::process::geteuid().is_root(),
            Self::Plain => false,
            Self::Container | Self::ContainerOfOldKernel => true,
        }
    }

    /// Whether it is a container.
    pub fn is_container(self) -> bool {
        matches!(self, Self::Container | Self::ContainerOfOldKernel)
    }

    /// Makes a fresh data folder ready.
    pub(crate) fn prepare(self, folder: &Path, binary: &Path) {
        if self == Self::Plain {
            std::fs::copy(binary, folder.join(PLAIN_BINARY)).unwrap();
            std::os::unix::fs::chown(folder, Some(PLAIN_UID), Some(PLAIN_UID)).unwrap();
        }
    }

    /// A command of the binary in this world, over the data in `folder`.
    pub(crate) fn command(self, folder: &Path, binary: &Path) -> Command {
        let mut command = if self == Self::Plain {
            let mut command = Command::new(folder.join(PLAIN_BINARY));
            command.uid(PLAIN_UID).gid(PLAIN_UID);
            command
        } else {
            Command::new(binary)
        };
        command
            .env_clear()
            .envs(environment(folder))
            .current_dir(folder);
        command
    }

    /// The command that serves, with all its arguments: in a container, what makes that.
    pub(crate) fn serving(self, folder: &Path, binary: &Path, arguments: &[String]) -> Command {
        let is_old = self == Self::ContainerOfOldKernel;
        if self.is_container() {
            let binary = [binary.to_string_lossy().into_owned()];
            return container::command(folder, &[&binary, arguments].concat(), is_old);
        }
        let mut command = self.command(folder, binary);
        command.args(arguments);
        command
    }
}

/// As on a machine where nothing is set.
pub(crate) fn environment(folder: &Path) -> [(&'static str, PathBuf); 2] {
    [
        ("PATH", PathBuf::from("/usr/bin:/bin")),
        ("IDE_DATA_DIR", folder.to_owned()),
    ]
}
