//! The other side: Python started directly, and in bubblewrap.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

/// What Debian has.
pub(crate) const SYSTEM_PYTHON: &str = "/usr/bin/python3";

/// A folder with programs, and how they are started without us.
#[derive(Debug)]
pub(crate) struct Bare {
    folder: tempfile::TempDir,
}

/// What starting one took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// To the first byte of output.
    pub(crate) first: Duration,
    /// To the end of the process.
    pub(crate) whole: Duration,
    pub(crate) output: String,
}

impl Bare {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = pythonide_testkit::product::fresh_folder();
        std::fs::create_dir(folder.path().join("matplotlib"))?;
        Ok(Self { folder })
    }

    /// Writes a program and returns where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// `PYTHON FILE`, with the environment that a program of ours has where it matters.
    pub(crate) fn python(&self, python: &Path, file: &Path) -> Command {
        let mut command = self.environment(python);
        command.arg(file);
        command
    }

    /// The same in bubblewrap: nothing shared with the machine but the root, read only.
    pub(crate) fn bubblewrap(&self, python: &Path, file: &Path) -> Command {
        let mut command = self.environment(Path::new("bwrap"));
        command.args(["--unshare-all", "--die-with-parent", "--new-session"]);
        command.args(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]);
        command.args(["--tmpfs", "/tmp"]);
        command.arg(python).arg(file);
        command
    }

    fn environment(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("MPLCONFIGDIR", self.folder.path().join("matplotlib"))
            .env("LANG", "C.UTF-8")
            .env("OPENBLAS_NUM_THREADS", "1")
            .env("OMP_NUM_THREADS", "1")
            .current_dir(self.folder.path());
        command
    }
}

/// Runs a command to its end over a pipe.
pub(crate) fn take(mut command: Command) -> anyhow::Result<Taken> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().context("could not start the other side")?;
    let mut pipe = child.stdout.take().context("the output is not piped")?;
    let mut output = vec![0; 1];
    let count = pipe.read(&mut output)?;
    let first = start.elapsed();
    ensure!(count == 1, "the other side printed nothing");
    pipe.read_to_end(&mut output)?;
    let status = child.wait()?;
    let whole = start.elapsed();
    ensure!(status.success(), "the other side failed: {status}");
    Ok(Taken {
        first,
        whole,
        output: String::from_utf8(output)?,
    })
}
