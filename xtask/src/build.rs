//! Building.

use std::path::PathBuf;

use crate::{
    process::{cargo, prepare, progress, root},
    tools, web,
};

/// How a binary is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Nearly as quick to run as what is deployed, and built much sooner.
    Trial,
    /// What is deployed.
    Release,
}

impl Profile {
    /// Builds a package's binary and returns where it is.
    pub(crate) fn build(self, package: &str) -> anyhow::Result<PathBuf> {
        let mut command = cargo(&["build", "--locked", "--bin", package]);
        match self {
            // With the features of the whole workspace, as the tests have them: no library is compiled twice.
            Self::Dev => command.arg("--workspace"),
            Self::Trial | Self::Release => command.args(["--package", package]),
        };
        command.args(["--profile", self.name()]);
        prepare(command)?;
        Ok(self.binary(package))
    }

    /// As cargo knows it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Trial => "trial",
            Self::Release => "release",
        }
    }

    /// Where the binary of a package is.
    pub(crate) fn binary(self, package: &str) -> PathBuf {
        let folder = match self {
            Self::Dev => "debug",
            Self::Trial | Self::Release => self.name(),
        };
        root().join("target").join(folder).join(package)
    }
}

/// Builds the release binary, with the front end inside.
pub(crate) fn release() -> anyhow::Result<()> {
    tools::ensure(&[])?;
    web::install()?;
    web::build()?;
    Profile::Release.build("pythonide")?;
    progress("built target/release/pythonide");
    Ok(())
}

/// Builds the binary that is quick to build.
pub(crate) fn dev() -> anyhow::Result<()> {
    Profile::Dev.build("pythonide")?;
    Ok(())
}
