//! Building.

use crate::{
    process::{cargo, run, tell},
    tools, web,
};

/// Builds the release binary, with the front end inside.
pub(crate) fn release() -> anyhow::Result<()> {
    tools::ensure(&[])?;
    web::install()?;
    web::build()?;
    run(cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "pythonide",
    ]))?;
    tell("built target/release/pythonide");
    Ok(())
}

/// Builds the binary that is quick to build.
pub(crate) fn dev() -> anyhow::Result<()> {
    run(cargo(&["build", "--locked", "--package", "pythonide"]))
}
