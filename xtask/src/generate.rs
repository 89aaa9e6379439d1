//! What is made from the code: `docs/openapi.json`, `docs/settings.md`, and the front end's types.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{
    build,
    process::{cargo, command, root, run},
    web,
};

const FILES: [&str; 4] = [
    "docs/openapi.json",
    "docs/settings.md",
    "web/src/generated/socket.ts",
    "web/src/generated/api.d.ts",
];

/// Writes them.
pub(crate) fn write() -> anyhow::Result<()> {
    web::install()?;
    build::dev()?;
    write_to(&root())
}

/// Fails when writing them would change anything.
pub(crate) fn check() -> anyhow::Result<()> {
    web::install()?;
    build::dev()?;
    let fresh = tempfile::tempdir()?;
    for folder in ["docs", "web/src/generated"] {
        std::fs::create_dir_all(fresh.path().join(folder))?;
    }
    write_to(fresh.path())?;
    let stale: Vec<_> = FILES
        .iter()
        .filter(|file| differ(&fresh.path().join(file), &root().join(file)))
        .collect();
    if !stale.is_empty() {
        bail!("not as the code would make them: {stale:?}; run: cargo xtask generate");
    }
    Ok(())
}

fn write_to(folder: &Path) -> anyhow::Result<()> {
    let at = |path: &str| -> PathBuf { folder.join(path) };
    let mut documents = command(root().join("target/debug/pythonide"), &["generate"]);
    documents.arg(at("docs"));
    run(documents)?;
    let types = at("web/src/generated");
    std::fs::create_dir_all(&types)?;
    let mut socket = cargo(&[
        "run",
        "--quiet",
        "--locked",
        "--package",
        "pythonide-protocol",
        "--example",
        "typescript",
        "--",
    ]);
    socket.arg(&types);
    run(socket)?;
    let mut api = command(root().join("web/node_modules/.bin/openapi-typescript"), &[]);
    api.arg(at("docs/openapi.json"))
        .arg("-o")
        .arg(at("web/src/generated/api.d.ts"));
    run(api).context("could not write the front end's types")
}

fn differ(one: &Path, other: &Path) -> bool {
    std::fs::read(one).ok() != std::fs::read(other).ok()
}
