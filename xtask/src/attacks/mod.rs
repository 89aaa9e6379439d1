//! `cargo xtask attacks`: runs the programs of `attacks/` as a student would, in every kind of world
//! that hosts run in, and looks whether what must hold has held.

mod bed;
mod corpus;
mod harm;
mod leftovers;
mod report;
mod verdict;

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use pythonide_testkit::product::World;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    build,
    process::{root, tell},
    python,
    tools::{self, Tool},
};
use bed::Bed;
use corpus::Attack;
use harm::Before;
use report::Held;

/// Attacks the product.
#[derive(Debug, Args)]
pub(crate) struct Attacks {
    /// Some attacks of each kind, where nothing but the product is needed.
    #[arg(long)]
    quick: bool,
    /// Only in these worlds.
    #[arg(long, value_enum, value_delimiter = ',')]
    world: Vec<Where>,
    /// Tells it as one line of JSON, the last.
    #[arg(long)]
    json: bool,
    /// Attacks this binary instead of building one.
    #[arg(long, hide = true)]
    binary: Option<PathBuf>,
    /// Where the attacks are.
    #[arg(long, hide = true, default_value = "attacks")]
    from: PathBuf,
    /// Its version of the socket's conversation, if it is an older one.
    #[arg(long, hide = true)]
    protocol: Option<u16>,
    /// Only attacks whose names begin like this.
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Where {
    /// Root, with all that root may.
    Uid,
    /// A user without rights.
    Landlock,
    /// Root in a container such as Fargate's.
    Container,
    /// The same with a kernel that knows neither Landlock nor io_uring.
    OldKernel,
}

impl Where {
    fn world(self) -> World {
        match self {
            Self::Landlock if rustix::process::geteuid().is_root() => World::Plain,
            Self::Uid | Self::Landlock => World::AsItIs,
            Self::Container => World::Container,
            Self::OldKernel => World::ContainerOfOldKernel,
        }
    }

    fn is_container(self) -> bool {
        matches!(self, Self::Container | Self::OldKernel)
    }

    /// How attacks call what separates students there.
    fn separation(self) -> &'static str {
        if self == Self::Landlock {
            "landlock"
        } else {
            "uid"
        }
    }
}

/// Waits until somebody asks this process to end, and returns with what.
async fn wait_for_signal() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    })
}

impl Attacks {
    /// Those that `cargo xtask test` runs.
    pub(crate) fn quick() -> Self {
        Self {
            quick: true,
            world: Vec::new(),
            json: false,
            binary: None,
            from: PathBuf::from("attacks"),
            protocol: None,
            names: Vec::new(),
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        let worlds = self.worlds()?;
        let mut wanted = vec![Tool::Venv];
        if worlds.iter().any(|world| world.is_container()) {
            wanted.extend([Tool::Runc, Tool::DockerFilter]);
        }
        tools::ensure(&wanted)?;
        let python = python::environment()?;
        let binary = if let Some(binary) = &self.binary {
            std::path::absolute(binary)?
        } else {
            build::dev()?;
            root().join("target/debug/pythonide")
        };
        let attacks = self.choose(corpus::read(&root().join(&self.from))?)?;
        let held = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(async {
                // Dropping the attack ends the product and the programs that it started.
                tokio::select! {
                    held = self.attack(&attacks, &worlds, &binary, &python) => held,
                    signal = wait_for_signal() => bail!("ended by {}", signal?),
                }
            })?;
        report::tell_all(&held, self.json)?;
        let failed = held.iter().filter(|held| !held.faults.is_empty()).count();
        ensure!(failed == 0, "{failed} attack(s) did what they must not");
        Ok(())
    }

    fn worlds(&self) -> anyhow::Result<Vec<Where>> {
        let is_root = rustix::process::geteuid().is_root();
        if !self.world.is_empty() {
            let needs_root = |world: &Where| *world != Where::Landlock;
            if !is_root && self.world.iter().any(needs_root) {
                bail!("only root can make another world than landlock");
            }
            return Ok(self.world.clone());
        }
        Ok(match (is_root, self.quick) {
            (false, _) => vec![Where::Landlock],
            (true, true) => vec![Where::Uid, Where::Landlock],
            (true, false) => Where::value_variants().to_vec(),
        })
    }

    fn choose(&self, all: Vec<Attack>) -> anyhow::Result<Vec<Attack>> {
        let is_named = |attack: &Attack| {
            self.names.is_empty() || self.names.iter().any(|name| attack.name.starts_with(name))
        };
        let quick: Vec<_> = QUICK.lines().collect();
        let is_quick = |attack: &Attack| !self.quick || quick.contains(&attack.name.as_str());
        if let Some(gone) = quick
            .iter()
            .find(|name| !all.iter().any(|attack| attack.name == **name))
        {
            bail!("xtask/src/attacks/quick.txt names {gone}, which is not there");
        }
        let chosen: Vec<_> = all
            .into_iter()
            .filter(|attack| is_named(attack) && is_quick(attack))
            .collect();
        ensure!(!chosen.is_empty(), "no attack has such a name");
        Ok(chosen)
    }

    async fn attack(
        &self,
        attacks: &[Attack],
        worlds: &[Where],
        binary: &Path,
        python: &Path,
    ) -> anyhow::Result<Vec<Held>> {
        let mut all = Vec::new();
        for world in worlds {
            let separation = world.separation().to_owned();
            let here: Vec<_> = attacks
                .iter()
                .filter(|attack| attack.worlds.is_empty() || attack.worlds.contains(&separation))
                .collect();
            let mut bed = None;
            for attack in here {
                let (mut one, before) = if let Some(there) = bed.take() {
                    there
                } else {
                    let bed = Bed::start(binary, python, world.world(), self.protocol).await?;
                    let before = Before::look(&bed);
                    (bed, before)
                };
                let held = verdict::try_one(&mut one, &before, attack, *world).await?;
                if !self.json {
                    tell(&held);
                }
                // What one has broken is not the next one's fault.
                if held.faults.is_empty() {
                    bed = Some((one, before));
                }
                all.push(held);
            }
        }
        Ok(all)
    }
}

/// The names of those that `--quick` runs.
const QUICK: &str = include_str!("quick.txt");
