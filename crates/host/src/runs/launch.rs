//! From a workspace and a path to a confined program: what is decided before it starts.

use std::path::PathBuf;

use pythonide_sandbox::{Policy, Separation, identity, keeper::Equipment};

use super::{
    program::Asked,
    temporary::{SHARED_MEMORY, TemporaryFolder},
};
use crate::{
    files::{Owner, Workspace},
    python::Python,
    runtime::Runtime,
    settings::RunSettings,
};

/// Knows how programs are started on this host.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(crate) python: Python,
    pub(crate) runtime: Runtime,
    pub(crate) separation: Separation,
    pub(crate) scratch: PathBuf,
    /// Where programs may leave something outside their own folders.
    pub(crate) open_folders: Vec<PathBuf>,
    pub(crate) settings: RunSettings,
}

impl Launcher {
    /// What the program at `path` of `workspace` may be and do; `shared` is what it may only read.
    pub(super) fn policy(
        &self,
        workspace: &Workspace,
        asked: &Asked,
        temporary: &TemporaryFolder,
        shared: Vec<PathBuf>,
        terminal: PathBuf,
    ) -> Policy {
        let path = &asked.path;
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let home = workspace.home();
        let identity = workspace.owner().identity();
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        Policy {
            script: file.to_owned(),
            hints: asked.hints,
            environment: self.environment(
                workspace.owner(),
                &text(&home),
                &text(&temporary.path()),
            ),
            directory: home.join(folder),
            separation: self.separation,
            identity: identity::is_root().then_some(identity),
            readable: shared,
            writable: [home, temporary.path(), terminal]
                .into_iter()
                .chain(self.open_folders.iter().cloned())
                .collect(),
            limits: self.settings.limits(),
        }
    }

    /// What programs are started with on this host.
    pub(crate) fn equipment(&self, namespaces: bool) -> Equipment {
        let fonts = self.scratch.join(FONTS);
        let mut readable = self.python.folders();
        readable.extend(SYSTEM.iter().map(PathBuf::from));
        readable.push(self.runtime.folder().to_owned());
        readable.push(fonts.clone());
        // With namespaces each program has its own.
        let files_only = match self.separation {
            Separation::Uid if !namespaces => vec![SHARED_MEMORY.into()],
            _ => Vec::new(),
        };
        let fixed = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("HOME", "/"),
            ("MPLCONFIGDIR", &fonts.to_string_lossy()),
        ];
        Equipment {
            python: self.python.path.clone(),
            zygote: self.runtime.zygote(),
            environment: fixed
                .into_iter()
                .chain(COMMON.iter().copied())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            packages: self.settings.warm_modules().map(str::to_owned).collect(),
            separation: self.separation,
            namespaces,
            readable,
            writable: DEVICES.iter().map(PathBuf::from).collect(),
            files_only,
            memory_reserve_bytes: self.settings.reserve_memory_mb << 20,
            shared_memory_bytes: self.settings.limits().memory_bytes,
        }
    }

    fn environment(&self, owner: &Owner, home: &str, temporary: &str) -> Vec<(String, String)> {
        let username = match owner {
            Owner::User { username, .. } => username.as_str(),
            Owner::Shared { .. } => "shared",
        };
        let path = format!(
            "{}:{}:/usr/local/bin:/usr/bin:/bin",
            self.runtime.programs().display(),
            self.python.scripts().display()
        );
        [
            ("HOME", home),
            ("USER", username),
            ("LOGNAME", username),
            ("PATH", &path),
            ("TMPDIR", temporary),
            ("XDG_CACHE_HOME", &format!("{temporary}/cache")),
            ("MPLCONFIGDIR", &format!("{temporary}/{FONTS}")),
        ]
        .into_iter()
        .chain(COMMON.iter().copied())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }
}

/// Where matplotlib keeps its list of fonts, in the scratch folder and in each run's own.
pub(super) const FONTS: &str = "matplotlib";

/// The environment of zygotes and of programs.
const COMMON: &[(&str, &str)] = &[
    ("LANG", "C.UTF-8"),
    ("TERM", "xterm-256color"),
    ("COLORTERM", "truecolor"),
    // Compiled modules do not belong into the student's files.
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("MPLBACKEND", "agg"),
    // A thread pool of its own for each of sixty programs helps none of them.
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
];

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

/// Devices that hold nothing, and whatever terminal is the program's own. Not `/dev/zero`: what is mapped of
/// it is memory that no limit counts.
const DEVICES: &[&str] = &["/dev/null", "/dev/full", "/dev/tty"];
