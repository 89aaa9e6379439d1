//! What of the file system a process can reach, by Landlock, and whom it can signal.

use std::{os::fd::OwnedFd, path::PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, PathFdError,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};

use crate::LayerError;

const LAYER: &str = "landlock";

/// The first version with scopes: signals and abstract sockets stay within the domain.
pub(crate) const SEPARATING_ABI: ABI = ABI::V6;

/// How strictly to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// All of it, or an error: nothing else separates the students.
    Required,
    /// As much as the kernel has: another layer separates them.
    AsFarAsItGoes,
}

/// Confines this thread and all it will start to what is named.
pub(crate) fn restrict(
    readable: &[PathBuf],
    writable: &[PathBuf],
    strictness: Strictness,
) -> Result<(), LayerError> {
    let confine = || -> Result<(), Box<dyn std::error::Error>> {
        let status = build(readable, writable, strictness)?.restrict_self()?;
        if strictness == Strictness::Required && status.ruleset != RulesetStatus::FullyEnforced {
            return Err("the kernel enforces only a part of it".into());
        }
        Ok(())
    };
    confine().map_err(|cause| LayerError::new(LAYER, &cause))
}

/// The rules for another process to put on itself; `None` where the kernel has no Landlock.
pub(crate) fn rules(
    readable: &[PathBuf],
    writable: &[PathBuf],
    strictness: Strictness,
) -> Result<Option<OwnedFd>, LayerError> {
    match build(readable, writable, strictness) {
        Ok(rules) => Ok(rules.into()),
        Err(cause) => Err(LayerError::new(LAYER, &cause)),
    }
}

fn build(
    readable: &[PathBuf],
    writable: &[PathBuf],
    strictness: Strictness,
) -> Result<RulesetCreated, Box<dyn std::error::Error>> {
    let level = match strictness {
        Strictness::Required => CompatLevel::HardRequirement,
        Strictness::AsFarAsItGoes => CompatLevel::BestEffort,
    };
    let everything = AccessFs::from_all(SEPARATING_ABI);
    let mut rules = Ruleset::default()
        .set_compatibility(level)
        .handle_access(everything)?
        .scope(Scope::Signal | Scope::AbstractUnixSocket)?
        .create()?;
    let reading = AccessFs::from_read(SEPARATING_ABI);
    // A student's files are plain files and folders; no device is ever made in them.
    let changing = everything & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    for (paths, access) in [(readable, reading), (writable, changing)] {
        for path in paths {
            match PathFd::new(path) {
                Ok(opened) => rules = rules.add_rule(rule(path, opened, access))?,
                // What isn't there needs no rule; all else would confine differently than meant.
                Err(PathFdError::OpenCall { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(rules)
}

fn rule(path: &std::path::Path, opened: PathFd, access: BitFlags<AccessFs>) -> PathBeneath<PathFd> {
    // The kernel refuses the rights of folders on a file.
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(SEPARATING_ABI)
    };
    PathBeneath::new(opened, access)
}
