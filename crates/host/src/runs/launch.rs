//! From a workspace and a path to a confined program: what is decided before it starts.

use std::{io, path::PathBuf};

use pythonide_sandbox::{Policy, Separation, identity};

use super::temporary::{SHARED_MEMORY, TemporaryFolder};
use crate::{
    files::{Owner, Workspace},
    python::Python,
    runtime::Runtime,
    settings::RunSettings,
};

/// Knows how programs are started on this host.
#[derive(Debug)]
pub(crate) struct Launcher {
    /// This binary, which is also the leash.
    pub(crate) program: PathBuf,
    pub(crate) python: Python,
    pub(crate) runtime: Runtime,
    pub(crate) separation: Separation,
    pub(crate) scratch: PathBuf,
    pub(crate) settings: RunSettings,
}

impl Launcher {
    /// What the program at `path` of `workspace` may be and do.
    pub(super) fn policy(
        &self,
        workspace: &Workspace,
        path: &str,
        temporary: &TemporaryFolder,
        terminal: PathBuf,
    ) -> io::Result<Policy> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let home = workspace.home();
        let identity = workspace.owner().identity();
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let mut readable = self.python.folders();
        readable.extend(SYSTEM.iter().map(PathBuf::from));
        readable.push(self.runtime.folder().to_owned());
        readable.extend(workspace.shared_entries()?);
        let mut writable: Vec<_> = DEVICES.iter().map(PathBuf::from).collect();
        writable.extend([home.clone(), temporary.path(), terminal]);
        if self.separation == Separation::Uid {
            writable.push(SHARED_MEMORY.into());
        }
        Ok(Policy {
            command: vec![
                text(&self.python.path),
                text(&self.runtime.start()),
                file.to_owned(),
            ],
            environment: self.environment(
                workspace.owner(),
                &text(&home),
                &text(&temporary.path()),
            ),
            directory: if folder.is_empty() {
                home
            } else {
                home.join(folder)
            },
            separation: self.separation,
            identity: identity::is_root().then_some(identity),
            readable,
            writable,
            limits: self.settings.limits(),
        })
    }

    fn environment(&self, owner: &Owner, home: &str, temporary: &str) -> Vec<(String, String)> {
        let username = match owner {
            Owner::User { username, .. } => username.as_str(),
            Owner::Shared { .. } => "shared",
        };
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            self.python.scripts().display()
        );
        [
            ("HOME", home),
            ("USER", username),
            ("LOGNAME", username),
            ("PATH", &path),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("TMPDIR", temporary),
            // Compiled modules and caches of libraries do not belong into the student's files.
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("XDG_CACHE_HOME", &format!("{temporary}/cache")),
            ("MPLCONFIGDIR", &format!("{temporary}/matplotlib")),
            ("MPLBACKEND", "agg"),
            // A thread pool of its own for each of sixty programs helps none of them.
            ("OPENBLAS_NUM_THREADS", "1"),
            ("OMP_NUM_THREADS", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

/// What programs of the system need, and no more of it than everybody may read.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/etc",
    "/proc",
    "/sys/devices/system/cpu",
    "/dev/urandom",
    "/dev/random",
];

/// Devices that hold nothing, and whatever terminal is the program's own.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/tty"];
