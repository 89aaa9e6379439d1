//! What this machine allows, found out by trying it.

use std::{io, process::Command};

use serde::{Deserialize, Serialize};

use crate::{
    LayerError, identity,
    landlock::{self, Strictness},
    namespaces,
    private::{self, SharedMemory},
    seccomp,
};

/// What keeps the programs of different students apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separation {
    /// A uid for each: the host is root.
    Uid,
    /// Landlock, with its scopes of signals: the host is a plain user.
    Landlock,
    /// Nothing does. Good for one person at the own machine, and refused off loopback.
    Nothing,
}

impl Separation {
    /// The name in messages: `uid`, `landlock`, `none`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Landlock => "landlock",
            Self::Nothing => "none",
        }
    }
}

/// One layer, tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The layer's name, as in `docs/security.md`.
    pub layer: String,
    /// What was seen when it does not hold.
    pub fault: Option<String>,
}

/// What a helper process is asked to try; it is spoilt by that and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Landlock with scopes, whole.
    Landlock,
    /// The filter of system calls: afterwards no IP socket can be made.
    Seccomp,
    /// Namespaces for all programs: afterwards this is the first process of a list of its own.
    Namespaces,
}

impl Trial {
    /// The word for it on the helper's command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::Namespaces => "namespaces",
        }
    }

    /// The trial called `word`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Landlock, Self::Seccomp, Self::Namespaces]
            .into_iter()
            .find(|trial| trial.as_str() == word)
    }

    /// Tries it on this process, which is confined from then on.
    pub fn carry_out(self) -> Result<(), LayerError> {
        match self {
            Self::Landlock => {
                no_new_privs()?;
                landlock::restrict(&["/proc".into()], &[], Strictness::Required)?;
                match std::fs::read_dir("/etc") {
                    Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                    _ => Err(LayerError::new(
                        "landlock",
                        &"a folder outside could still be read",
                    )),
                }
            }
            Self::Seccomp => {
                no_new_privs()?;
                seccomp::restrict(Separation::Uid)?;
                match std::net::UdpSocket::bind(("127.0.0.1", 0)) {
                    Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                    _ => Err(LayerError::new(
                        "seccomp",
                        &"an IP socket could still be made",
                    )),
                }
            }
            Self::Namespaces => {
                namespaces::enter()?;
                // What the keeper does for its zygotes and these for their children.
                private::hide_others()
                    .and_then(|()| SharedMemory::make(1 << 20)?.mount())
                    .map_err(|cause| LayerError::new("namespaces", &cause))?;
                match std::process::id() {
                    1 => Ok(()),
                    other => Err(LayerError::new(
                        "namespaces",
                        &format!("still process {other}"),
                    )),
                }
            }
        }
    }
}

fn no_new_privs() -> Result<(), LayerError> {
    rustix::thread::set_no_new_privs(true).map_err(|cause| LayerError::new("no_new_privs", &cause))
}

/// Tries `trial` in a helper: `program probe <word>`, which calls [`Trial::carry_out`] and prints what went wrong.
pub fn attempt(program: &std::path::Path, trial: Trial) -> Tried {
    let fault = match Command::new(program)
        .args(["probe", trial.as_str()])
        .output()
    {
        Ok(output) if output.status.success() => None,
        Ok(output) if !output.stdout.is_empty() => {
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("the helper did not start: {error}")),
    };
    Tried {
        layer: trial.as_str().to_owned(),
        fault,
    }
}

/// The best separation to be had here; `program` is this binary.
pub fn separation(program: &std::path::Path) -> Separation {
    if identity::is_root() {
        Separation::Uid
    } else if attempt(program, Trial::Landlock).fault.is_none() {
        Separation::Landlock
    } else {
        Separation::Nothing
    }
}
