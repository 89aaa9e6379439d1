//! What of the file system a process can reach, by Landlock, and whom it can signal.

use std::{
    os::fd::{BorrowedFd, OwnedFd},
    path::PathBuf,
};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, PathFdError,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
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
    let places = Places::open(readable, writable)?;
    let confine = || -> Result<(), Box<dyn std::error::Error>> {
        let status = build(&[&places], None, strictness)
            .map_err(said)?
            .restrict_self()?;
        if strictness == Strictness::Required && status.ruleset != RulesetStatus::FullyEnforced {
            return Err("the kernel enforces only a part of it".into());
        }
        Ok(())
    };
    confine().map_err(|cause| LayerError::new(LAYER, &cause))
}

/// The error in words that say something about this machine.
fn said(error: RulesetError) -> Box<dyn std::error::Error> {
    match error {
        RulesetError::HandleAccesses(_) | RulesetError::Scope(_) => {
            "this kernel does not have it, or only an older one without all that is needed".into()
        }
        other => other.into(),
    }
}

/// Folders and files, opened, and what may be done with them.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<(PathFd, BitFlags<AccessFs>)>);

impl Places {
    /// Opens what may be read and what may be changed. What isn't there is left out, and needs no rule.
    pub(crate) fn open(readable: &[PathBuf], writable: &[PathBuf]) -> Result<Self, LayerError> {
        let reading = AccessFs::from_read(SEPARATING_ABI);
        Self::default()
            .and(readable, reading)?
            .and(writable, changing())
    }

    /// With folders in which files may be made and changed, and nothing else.
    pub(crate) fn and_files_in(self, folders: &[PathBuf]) -> Result<Self, LayerError> {
        let files = AccessFs::ReadFile
            | AccessFs::ReadDir
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::RemoveFile;
        // The library of the system makes a semaphore under another name first, and links it.
        self.and(folders, files | AccessFs::Refer)
    }

    fn and(mut self, paths: &[PathBuf], access: BitFlags<AccessFs>) -> Result<Self, LayerError> {
        for path in paths {
            match PathFd::new(path) {
                // The kernel refuses the rights of folders on a file.
                Ok(opened) if path.is_dir() => self.0.push((opened, access)),
                Ok(opened) => {
                    let access = access & AccessFs::from_file(SEPARATING_ABI);
                    self.0.push((opened, access));
                }
                Err(PathFdError::OpenCall { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                // All else would confine differently than meant.
                Err(error) => {
                    let errno = match &error {
                        PathFdError::OpenCall { source, .. } => source.raw_os_error(),
                        _ => None,
                    };
                    let error = LayerError::new(LAYER, &error);
                    return Err(LayerError { errno, ..error });
                }
            }
        }
        Ok(self)
    }
}

/// A student's files are plain files and folders; no device is ever made in them.
fn changing() -> BitFlags<AccessFs> {
    AccessFs::from_all(SEPARATING_ABI) & !(AccessFs::MakeChar | AccessFs::MakeBlock)
}

/// The rules for another process to put on itself, that let it reach nothing but these places, and change what is in the
/// folder `private`; `None` where the kernel has no Landlock.
pub(crate) fn rules(
    places: &[&Places],
    private: Option<BorrowedFd<'_>>,
    strictness: Strictness,
) -> Result<Option<OwnedFd>, LayerError> {
    match build(places, private, strictness) {
        Ok(rules) => Ok(rules.into()),
        Err(cause) => Err(LayerError::new(LAYER, &cause)),
    }
}

fn build(
    places: &[&Places],
    private: Option<BorrowedFd<'_>>,
    strictness: Strictness,
) -> Result<RulesetCreated, RulesetError> {
    let level = match strictness {
        Strictness::Required => CompatLevel::HardRequirement,
        Strictness::AsFarAsItGoes => CompatLevel::BestEffort,
    };
    let mut rules = Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(SEPARATING_ABI))?
        .scope(Scope::Signal | Scope::AbstractUnixSocket)?
        .create()?;
    for (opened, access) in places.iter().flat_map(|places| &places.0) {
        rules = rules.add_rule(PathBeneath::new(opened, *access))?;
    }
    match private {
        Some(folder) => rules.add_rule(PathBeneath::new(folder, changing())),
        None => Ok(rules),
    }
}
