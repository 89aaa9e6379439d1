//! What a child of a zygote is told to become.

use std::{io, os::fd::AsFd, path::Path};

use serde::Serialize;

use super::{
    Equipment, limits,
    run::Waiting,
    zygote::{Baseline, Parked},
};
use crate::{
    Identity, LayerError, Separation,
    landlock::{self, Places, Strictness},
    packets,
    private::{self, Terminal},
};

/// The message.
#[derive(Debug, Serialize)]
struct Become<'a> {
    script: &'a str,
    hints: bool,
    environment: &'a [(String, String)],
    directory: &'a Path,
    /// User and group.
    identity: Option<(u32, u32)>,
    /// Number, soft and hard of each limit.
    limits: Vec<(u32, u64, u64)>,
    keeper: i32,
    /// The path of its terminal, over which it mounts its own.
    terminal: Option<&'a str>,
}

/// Opens what every program can reach.
pub(super) fn open_places(equipment: &Equipment) -> Result<Places, LayerError> {
    let places = Places::open(&equipment.readable, &equipment.writable)?
        .and_files_in(&equipment.files_only)?;
    if equipment.namespaces {
        private::see_all().map_err(|cause| LayerError::new("namespaces", &cause))?;
    }
    Ok(places)
}

/// Tells a child of a zygote to become the program that waits; it can reach what `everybody` can, and what its policy
/// says.
pub(super) fn tell(
    waiting: &Waiting,
    parked: &Parked,
    baseline: Baseline,
    everybody: &Places,
) -> Result<(), LayerError> {
    let policy = &waiting.policy;
    let strictness = match policy.separation {
        Separation::Landlock => Strictness::Required,
        Separation::Uid | Separation::Nothing => Strictness::AsFarAsItGoes,
    };
    let own = Places::open(&policy.readable, &policy.writable)?;
    let memory = parked.memory.as_deref();
    let rules = landlock::rules(&[everybody, &own], memory.map(AsFd::as_fd), strictness)?;
    let [terminal, _] = &waiting.descriptors;
    let terminal = memory
        .map(|_| Terminal::of(terminal))
        .transpose()
        .map_err(|cause| LayerError::new("terminal", &cause))?
        .flatten();
    let message = Become {
        script: &policy.script,
        hints: policy.hints,
        environment: &policy.environment,
        directory: &policy.directory,
        identity: policy.identity.map(|Identity { uid, gid }| (uid, gid)),
        limits: limits::of(policy, baseline),
        keeper: rustix::process::getpid().as_raw_pid(),
        terminal: terminal.as_ref().map(|terminal| terminal.path.as_str()),
    };
    let mut along: Vec<_> = waiting.descriptors.iter().map(AsFd::as_fd).collect();
    along.extend(terminal.as_ref().map(|terminal| terminal.mount.as_fd()));
    along.extend(rules.as_ref().map(AsFd::as_fd));
    packets::send(&parked.socket, &message, &along)
        .map_err(|cause: io::Error| LayerError::new("zygote", &cause))
}
