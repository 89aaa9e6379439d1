//! `cargo xtask run`

use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use crate::{
    build,
    process::{command, root, tell},
    python,
    tools::{self, Tool},
    web,
};

/// Builds all, and starts it with a class to try it with.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Where the data is; it survives a restart.
    #[arg(long, env = "IDE_DATA_DIR")]
    data: Option<PathBuf>,
    /// Further settings of `pythonide serve`, after `--`.
    #[arg(last = true)]
    more: Vec<String>,
}

impl Run {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        tools::ensure(&[Tool::Venv])?;
        let python = python::environment()?;
        web::install()?;
        web::build()?;
        build::dev()?;
        let data = self.data.unwrap_or_else(default_data);
        tell(format_args!(
            "starting at http://{}, data in {}",
            self.listen,
            data.display()
        ));
        let mut serve = command(
            root().join("target/debug/pythonide"),
            &["serve", "--demo", "--listen", &self.listen],
        );
        serve
            .arg("--data")
            .arg(data)
            .arg("--python")
            .arg(python)
            .args(self.more);
        // It takes this process's place, and so its terminal and its signals.
        Err(serve.exec()).context("could not start target/debug/pythonide")
    }
}

/// In the checkout, if students' uids can get there.
fn default_data() -> PathBuf {
    let root = root();
    let is_open = |folder: &Path| {
        folder
            .metadata()
            .is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    };
    if !rustix::process::geteuid().is_root() || root.ancestors().all(is_open) {
        root.join(".pythonide")
    } else {
        PathBuf::from("/var/lib/pythonide")
    }
}
