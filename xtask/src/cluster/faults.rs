//! What is done to the installation.

use std::{
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use rand::{RngExt, rngs::StdRng};
use serde::Serialize;

use super::{
    builds::Builds,
    files::Way,
    installation::{CONTAINERS, Installation},
};

/// Something that happens to installations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// Everything is replaced by another build.
    Replacement,
    /// A server ends as in a crash.
    ServerKilled,
    /// A host does.
    HostKilled,
    /// PostgreSQL does.
    DatabaseKilled,
    /// A server does not reach a host any more, which others reach.
    LinkCut,
    /// A host waits for its files.
    FilesHang,
    /// A host cannot read and write its files.
    FilesFail,
    /// There is no room left.
    DiskFull,
}

/// When it was, and since when all should be as before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    pub(super) fault: Fault,
    pub(super) began: Instant,
    /// A process that is killed is gone at once; a cut is over when it is mended.
    pub(super) over: Instant,
}

impl Fault {
    pub(super) const ALL: [Self; 8] = [
        Self::Replacement,
        Self::ServerKilled,
        Self::HostKilled,
        Self::DatabaseKilled,
        Self::LinkCut,
        Self::FilesHang,
        Self::FilesFail,
        Self::DiskFull,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Replacement => "everything replaced by another build",
            Self::ServerKilled => "a server killed",
            Self::HostKilled => "a host killed",
            Self::DatabaseKilled => "PostgreSQL killed",
            Self::LinkCut => "a link cut",
            Self::FilesHang => "a host's files hang",
            Self::FilesFail => "a host's files fail",
            Self::DiskFull => "the disk full",
        }
    }

    /// Does it, and undoes it where it is not done for good.
    pub(super) fn strike(
        self,
        all: &mut Installation,
        builds: &Builds,
        chance: &mut StdRng,
    ) -> anyhow::Result<Happened> {
        let began = Instant::now();
        let one = chance.random_range(0..CONTAINERS);
        let span = |chance: &mut StdRng, least, most| {
            sleep(Duration::from_millis(chance.random_range(least..most)));
        };
        let over = match self {
            Self::Replacement => {
                let next = other(all, builds);
                for index in 0..CONTAINERS {
                    all.replace(index, &next)?;
                }
                Instant::now()
            }
            Self::ServerKilled => {
                all.crash_server(one)?;
                began
            }
            Self::HostKilled => {
                all.crash_host(one)?;
                began
            }
            Self::DatabaseKilled => {
                all.postgres.crash()?;
                began
            }
            Self::LinkCut => {
                let server = all.containers[chance.random_range(0..CONTAINERS)]
                    .server
                    .pid();
                let link = &all.containers[one].link;
                link.cut(server);
                span(chance, 1000, 12_000);
                link.mend();
                Instant::now()
            }
            Self::FilesHang | Self::FilesFail => {
                let gate = &all.containers[one].mounted.gate;
                gate.set(if self == Self::FilesHang {
                    Way::Hangs
                } else {
                    Way::Fails
                });
                span(chance, 500, 6000);
                gate.set(Way::Open);
                Instant::now()
            }
            Self::DiskFull => {
                let full = all.disk.fill()?;
                span(chance, 500, 4000);
                drop(full);
                Instant::now()
            }
        };
        Ok(Happened {
            fault: self,
            began,
            over,
        })
    }
}

/// The build that is not running.
fn other(all: &Installation, builds: &Builds) -> PathBuf {
    let current = all
        .containers
        .iter()
        .all(|container| container.runs(&builds.current));
    if current {
        builds.next.clone()
    } else {
        builds.current.clone()
    }
}
