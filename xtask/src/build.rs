//! Building.

use std::path::PathBuf;

use crate::{
    process::{cargo, root, run, tell},
    tools, web,
};

/// How a binary is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run; what is deployed.
    Release,
}

impl Profile {
    /// Builds a package's binary and returns where it is.
    pub(crate) fn build(self, package: &str) -> anyhow::Result<PathBuf> {
        let mut command = cargo(&["build", "--locked", "--package", package]);
        command.args(self.option());
        run(command)?;
        Ok(self.binary(package))
    }

    /// What tells cargo.
    pub(crate) fn option(self) -> Option<&'static str> {
        (self == Self::Release).then_some("--release")
    }

    /// Where the binary of a package is.
    pub(crate) fn binary(self, package: &str) -> PathBuf {
        let folder = match self {
            Self::Dev => "debug",
            Self::Release => "release",
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
    tell("built target/release/pythonide");
    Ok(())
}

/// Builds the binary that is quick to build.
pub(crate) fn dev() -> anyhow::Result<()> {
    Profile::Dev.build("pythonide")?;
    Ok(())
}
