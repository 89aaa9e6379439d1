//! The class's Python: an environment with the packages of `runtime/requirements.txt`, in a place
//! that students' uids can reach, made once for each list of packages.

use std::path::PathBuf;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::process::{command, prepare, progress, root};

/// Whole when everything is installed.
const MARK: &str = "complete";

/// The interpreter of the environment, which is made if it is missing.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask has no settings, but a home"
)]
pub(crate) fn environment() -> anyhow::Result<PathBuf> {
    let requirements = root().join("runtime/requirements.txt");
    let list = std::fs::read(&requirements).context("could not read the list of packages")?;
    let digest = Sha256::digest(&list);
    let name = digest
        .iter()
        .take(6)
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    // A checkout may lie in somebody's home, where no student's uid can go.
    let cache = if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else {
        PathBuf::from(std::env::var("HOME").context("HOME is not set")?).join(".cache")
    };
    let folder = cache.join("pythonide").join(format!("python-{name}"));
    let python = folder.join("bin/python3");
    if folder.join(MARK).exists() {
        return Ok(python);
    }
    progress(format_args!(
        "making the class's Python at {} (a minute or two)",
        folder.display()
    ));
    let path = folder.to_string_lossy();
    prepare(command(
        "/usr/bin/python3",
        &["-m", "venv", "--clear", &path],
    ))?;
    let list = requirements.to_string_lossy();
    prepare(command(
        &python,
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "-r",
            &list,
        ],
    ))?;
    std::fs::write(folder.join(MARK), b"")?;
    Ok(python)
}
