//! The two builds that replace each other: this one, and a next one of another version with one migration more.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use crate::{
    build::Profile,
    process::{cargo, prepare, progress, root},
};

/// The tables get a column that this build knows nothing of.
const MIGRATION: &str = "-- A column that an earlier version does not know.\n\
                         ALTER TABLE users ADD COLUMN nickname TEXT NOT NULL DEFAULT '';\n";
/// What the binary is made of.
const SOURCES: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "crates",
    "runtime",
    "tools",
    "xtask",
    "web/dist",
];

/// Binaries.
#[derive(Debug)]
pub(super) struct Builds {
    /// This one.
    pub(super) current: PathBuf,
    /// The next one.
    pub(super) next: PathBuf,
}

impl Builds {
    /// Builds both.
    pub(super) fn make(profile: Profile) -> anyhow::Result<Self> {
        let folder = root().join("target/cluster");
        let sources = folder.join("next");
        fs::create_dir_all(&sources)?;
        progress("building the next version");
        for source in SOURCES {
            renew(&root().join(source), &sources.join(source))?;
        }
        number(&sources)?;
        for engine in ["postgres", "sqlite"] {
            migration(&sources.join("crates/store/migrations").join(engine))?;
        }
        // In the same folder, so that what is not ours need not be built again.
        let mut command = cargo(&["build", "--offline", "--package", "pythonide"]);
        command
            .args(["--profile", profile.name()])
            .current_dir(&sources)
            .env("CARGO_TARGET_DIR", root().join("target"));
        prepare(command)?;
        let next = keep(&profile.binary("pythonide"), folder.join("pythonide-next"))?;
        progress("building this version");
        let current = keep(&profile.build("pythonide")?, folder.join("pythonide"))?;
        Ok(Self { current, next })
    }
}

/// A copy that the next build does not touch.
fn keep(built: &Path, copy: PathBuf) -> anyhow::Result<PathBuf> {
    if copy.exists() {
        fs::remove_file(&copy)?;
    }
    fs::copy(built, &copy)?;
    Ok(copy)
}

/// Makes a copy like its original; what is the same is not touched, for it would be built again.
fn renew(original: &Path, copy: &Path) -> anyhow::Result<()> {
    if original.is_dir() {
        fs::create_dir_all(copy)?;
        for entry in fs::read_dir(copy)? {
            let name = entry?.file_name();
            if !original.join(&name).exists() {
                remove(&copy.join(&name))?;
            }
        }
        for entry in fs::read_dir(original)? {
            let name = entry?.file_name();
            renew(&original.join(&name), &copy.join(&name))?;
        }
        return Ok(());
    }
    let content = fs::read(original)?;
    if fs::read(copy).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let parent = copy.parent().context("a copy is in a folder")?;
    fs::create_dir_all(parent)?;
    Ok(fs::write(copy, content)?)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)?;
    } else {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Gives the copy the next version's number.
fn number(sources: &Path) -> anyhow::Result<()> {
    let path = sources.join("Cargo.toml");
    let manifest = fs::read_to_string(&path)?;
    let ours = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
    let next = concat!("version = \"", env!("CARGO_PKG_VERSION"), "-next\"");
    ensure!(manifest.contains(ours), "{} has no {ours}", path.display());
    Ok(fs::write(path, manifest.replacen(ours, next, 1))?)
}

/// Adds a migration to those in a folder.
fn migration(folder: &Path) -> anyhow::Result<()> {
    let count = fs::read_dir(folder)?.count();
    let path = folder.join(format!("{:04}_next.sql", count + 1));
    Ok(fs::write(path, MIGRATION)?)
}
