//! `cargo xtask bench neighbours`: builds the product and the tool of `tools/neighbours`, and calls it.

use std::{os::unix::process::CommandExt, path::PathBuf};

use anyhow::Context;
use clap::Args;

use crate::{
    build::{self, Profile},
    process::{cargo, command, prepare, root},
    python,
    tools::{self, Tool},
};

const TOOL: &str = "pythonide-neighbours";
/// The feature of a test build, and the folder under `target` that it is built in: what is deployed never comes from there.
const FEATURE: &str = "without-user-limits";
const FOLDER: &str = "target/without-limits";

/// How long a student waits while others flood the product.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Neighbours {
    /// Options of the tool; --help lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

impl Neighbours {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut tool = command(Profile::Release.build(TOOL)?, &[]);
        if !self.has("--help") && !self.has("-h") {
            tools::ensure(&[Tool::Venv, Tool::Runc, Tool::DockerFilter])?;
            if !self.has("--binary") {
                tool.arg("--binary").arg(self.build()?);
            }
            if !self.has("--python") {
                tool.arg("--python").arg(python::environment()?);
            }
        }
        tool.args(self.options);
        // It takes this process's place, and so its terminal and its signals.
        Err(tool.exec()).context("could not start the bench")
    }

    /// Whether an option is given, as `--option` or `--option=VALUE`.
    fn has(&self, option: &str) -> bool {
        let names = self.options.iter().map(|given| given.split('=').next());
        names.flatten().any(|name| name == option)
    }

    fn build(&self) -> anyhow::Result<PathBuf> {
        if self.has("--without-limits") {
            return build_without_limits();
        }
        build::release()?;
        Ok(Profile::Release.binary("pythonide"))
    }
}

/// Builds the product as it is without limits of users.
fn build_without_limits() -> anyhow::Result<PathBuf> {
    let profile = Profile::Trial.name();
    let mut build = cargo(&["build", "--locked", "--package", "pythonide"]);
    build.args(["--features", FEATURE, "--target-dir", FOLDER]);
    build.args(["--profile", profile]);
    prepare(build)?;
    Ok(root().join(FOLDER).join(profile).join("pythonide"))
}
