//! The floods: what attackers do, at least at the sizes that once stopped the product.

pub(crate) mod client;
mod logs;
mod programs;
mod requests;
pub(crate) mod running;

use std::{fs::DirBuilder, os::unix::fs::MetadataExt, path::Path};

use anyhow::{Context, bail};
use clap::ValueEnum;
use pythonide_testkit::{browser::Browser, product::Product};
use serde::Serialize;

/// What attackers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flood {
    /// 4,150 downloads of an 8 MB file at once that read nothing; the oldest are replaced, 1,000 a second.
    Downloads,
    /// 60 uploads of 8 MB at once, without end.
    Uploads,
    /// Logs attached and detached as fast as possible on ten sockets.
    Attach,
    /// 60 requests at once, without end, for the usage of a home with 45,000 folders.
    Usage,
    /// Programs that send hints to the host as fast as possible and read no answer.
    Events,
    /// 60 wrong passwords at once, without end, from one address.
    SignIns,
    /// Programs whose processes all fork without end.
    ForkBomb,
    /// Programs of which 21 processes start another executable without end.
    ForkExec,
    /// Programs that put 1,500 MB into shared memory.
    SharedMemory,
    /// Programs that print without end.
    Output,
    /// Programs of eight processes that compute.
    Busy,
}

/// Attackers who run programs; one attacker is enough for the other floods.
const PROGRAM_ATTACKERS: usize = 2;
/// Folders of the home of which the usage is asked for: `FOLDERS` with `SUBFOLDERS` in each make 45,000.
const FOLDERS: usize = 300;
const SUBFOLDERS: usize = 149;
/// The file that is downloaded.
const LARGE_FILE: &str = "large.bin";
const LARGE_BYTES: usize = 8 << 20;

impl Flood {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Downloads => "downloads",
            Self::Uploads => "uploads",
            Self::Attach => "attach",
            Self::Usage => "usage",
            Self::Events => "events",
            Self::SignIns => "sign-ins",
            Self::ForkBomb => "fork-bomb",
            Self::ForkExec => "fork-exec",
            Self::SharedMemory => "shared-memory",
            Self::Output => "output",
            Self::Busy => "busy",
        }
    }

    /// The program that the attackers run, if it is that what floods.
    fn program(self) -> Option<&'static str> {
        match self {
            Self::Downloads | Self::Uploads | Self::Attach | Self::Usage | Self::SignIns => None,
            Self::Events => Some(programs::EVENTS),
            Self::ForkBomb => Some(programs::FORK_BOMB),
            Self::ForkExec => Some(programs::FORK_EXEC),
            Self::SharedMemory => Some(programs::SHARED_MEMORY),
            Self::Output => Some(programs::OUTPUT),
            Self::Busy => Some(programs::BUSY),
        }
    }

    /// Usernames of the attackers. Each flood has its own, so that none meets what another left.
    pub(crate) fn attackers(self) -> Vec<String> {
        let count = if self.program().is_some() {
            PROGRAM_ATTACKERS
        } else {
            1
        };
        (1..=count)
            .map(|number| format!("{}-{number}", self.name()))
            .collect()
    }

    /// Puts the files there that the flood needs.
    pub(crate) async fn prepare(self, product: &Product) -> anyhow::Result<()> {
        for username in self.attackers() {
            let browser = product.sign_in(&username).await;
            if let Some(source) = self.program() {
                browser.write(programs::FILE, source).await;
            }
            match self {
                Self::Attach => browser.write(logs::FILE, logs::READY).await,
                Self::Downloads => upload_large(&browser).await?,
                Self::Usage => {
                    // The first file makes the home.
                    browser.write("notes.txt", "").await;
                    let home = product.home(&username);
                    make_folders(&home).context("could not make the folders")?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

async fn upload_large(browser: &Browser) -> anyhow::Result<()> {
    match browser.upload(LARGE_FILE, vec![1; LARGE_BYTES], true).await {
        Ok(_) => Ok(()),
        Err((status, code)) => bail!("{LARGE_FILE} could not be uploaded: {status} {code}"),
    }
}

/// Makes the folders in a home on disk, as a program of its owner would, but sooner.
fn make_folders(home: &Path) -> std::io::Result<()> {
    let owner = home.metadata()?;
    let make = |folder: &Path| {
        DirBuilder::new().create(folder)?;
        std::os::unix::fs::chown(folder, Some(owner.uid()), Some(owner.gid()))
    };
    for number in 0..FOLDERS {
        let folder = home.join(format!("folder-{number}"));
        make(&folder)?;
        for number in 0..SUBFOLDERS {
            make(&folder.join(number.to_string()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_usage_flood_has_45_000_folders() {
        assert_eq!(FOLDERS * (SUBFOLDERS + 1), 45_000);
    }

    #[test]
    fn no_two_floods_share_an_attacker() {
        let all = Flood::value_variants().iter();
        let names: Vec<_> = all.flat_map(|flood| flood.attackers()).collect();
        let distinct: HashSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn the_name_of_a_flood_selects_it() {
        for flood in Flood::value_variants() {
            assert_eq!(Flood::from_str(flood.name(), false), Ok(*flood));
        }
    }
}
