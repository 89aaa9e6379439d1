//! What must be on the machine beside Rust and Node.js: installed where that may be done, or else
//! named in one line to paste.

use std::path::Path;

use anyhow::bail;
use pythonide_testkit::container::{DOCKER_FILTER, RUNC};

use crate::process::{cargo, command, prepare, progress, read};

/// The version of nextest that is installed where there is none.
const NEXTEST: &str = "0.9.143";

/// A program or library that Debian has as a package, or cargo as a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The runner of the crates' tests; cargo installs it.
    Nextest,
    /// The interpreter's own way to make environments.
    Venv,
    /// The database server, for tests.
    Postgres,
    /// The browser, for tests.
    Chromium,
    /// Programs that nobody here wrote, for tests.
    PythonExamples,
    /// Another way to keep programs apart, to compare with.
    Bubblewrap,
    /// Makes containers, for tests.
    Runc,
    /// Docker's filter of system calls, for tests.
    DockerFilter,
    /// Python's own regression tests.
    PythonTests,
    /// A load balancer, for tests.
    Haproxy,
}

impl Tool {
    fn package(self) -> &'static str {
        match self {
            Self::Nextest => "cargo-nextest",
            Self::Venv => "python3-venv",
            Self::Postgres => "postgresql-15",
            Self::Chromium => "chromium",
            Self::PythonExamples => "python3.11-examples",
            Self::Bubblewrap => "bubblewrap",
            Self::Runc => "runc",
            Self::DockerFilter => "golang-github-docker-docker-dev",
            Self::PythonTests => "libpython3.11-testsuite",
            Self::Haproxy => "haproxy",
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::Nextest => read(cargo(&["nextest", "--version"])).is_ok(),
            Self::Venv => read(command(
                "/usr/bin/python3",
                &["-c", "import ensurepip, venv"],
            ))
            .is_ok(),
            Self::Postgres => Path::new("/usr/lib/postgresql/15/bin/initdb").exists(),
            Self::Chromium => Path::new("/usr/bin/chromium").exists(),
            Self::PythonExamples => {
                Path::new("/usr/share/doc/python3.11/examples/demo/queens.py").exists()
            }
            Self::Bubblewrap => Path::new("/usr/bin/bwrap").exists(),
            Self::Runc => Path::new(RUNC).exists(),
            Self::DockerFilter => Path::new(DOCKER_FILTER).exists(),
            Self::PythonTests => Path::new("/usr/lib/python3.11/test/test_os.py").exists(),
            Self::Haproxy => Path::new("/usr/sbin/haproxy").exists(),
        }
    }
}

/// Installs what is missing, or says how.
pub(crate) fn ensure(tools: &[Tool]) -> anyhow::Result<()> {
    for (program, least) in [("node", 20), ("npm", 10)] {
        let version = read(command(program, &["--version"])).unwrap_or_default();
        let major = version.trim().trim_start_matches('v').split('.').next();
        if major
            .and_then(|major| major.parse::<u32>().ok())
            .is_none_or(|major| major < least)
        {
            bail!(
                "{program} {least} or newer is needed (found: {:?})",
                version.trim()
            );
        }
    }
    let (crates, packages): (Vec<Tool>, Vec<Tool>) = tools
        .iter()
        .filter(|tool| !tool.is_there())
        .partition(|tool| **tool == Tool::Nextest);
    for tool in crates {
        let name = tool.package();
        progress(format_args!("installing {name} (some minutes)"));
        let version = ["--version", NEXTEST];
        prepare(cargo(
            &[&["install", "--locked", name], &version[..]].concat(),
        ))?;
    }
    let missing: Vec<_> = packages.into_iter().map(Tool::package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install = [
        &["install", "-y", "--no-install-recommends"],
        missing.as_slice(),
    ]
    .concat();
    if !rustix::process::geteuid().is_root() {
        bail!(
            "some packages are missing; paste this and try again:\n  sudo apt-get update && sudo apt-get {}",
            install.join(" ")
        );
    }
    progress(format_args!("installing {}", missing.join(", ")));
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get", arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        prepare(apt)
    };
    apt(&["update"])?;
    apt(&install)
}
