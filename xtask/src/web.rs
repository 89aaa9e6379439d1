//! The front end's own tools.

use std::process::Command;

use crate::process::{command, prepare, root};

/// Runs one of the scripts of `web/package.json`.
pub(crate) fn script(name: &str) -> Command {
    let mut npm = command("npm", &["run", "--silent", name]);
    npm.current_dir(root().join("web"));
    npm
}

/// Installs the packages of the lock file, unless that has been done.
pub(crate) fn install() -> anyhow::Result<()> {
    let web = root().join("web");
    let age = |path| {
        std::fs::metadata(web.join(path))
            .and_then(|found| found.modified())
            .ok()
    };
    // npm writes this one last.
    if age("node_modules/.package-lock.json") > age("package-lock.json") {
        return Ok(());
    }
    let mut npm = command("npm", &["ci", "--ignore-scripts"]);
    npm.current_dir(web);
    prepare(npm)
}

/// Builds the front end into `web/dist`.
pub(crate) fn build() -> anyhow::Result<()> {
    prepare(script("build"))
}
