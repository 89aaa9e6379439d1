//! Starting programs, and telling what is done.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
pub(crate) use pythonide_measure::output::{progress, tell};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// A command that runs in the workspace's folder.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// `cargo` of the toolchain that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(env!("CARGO"), arguments)
}

/// Runs a command to its end; its failure is ours.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("could not start {}", shown(&command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(&command));
    }
    Ok(())
}

/// Runs a command that makes something which what was asked for needs; what it writes is progress.
pub(crate) fn prepare(mut command: Command) -> anyhow::Result<()> {
    command.stdout(io::stderr());
    run(command)
}

/// Runs a command to its end and returns what it wrote.
pub(crate) fn read(mut command: Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("could not start {}", shown(&command)))?;
    if !output.status.success() {
        bail!(
            "{} failed ({}): {}",
            shown(&command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
