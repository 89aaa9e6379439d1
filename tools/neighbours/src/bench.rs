//! Worlds, floods, rounds: the neighbour quiet and beside each flood, in turn.

use std::path::PathBuf;

use anyhow::Context;
use pythonide_measure::{autogroup::AutogroupOff, output::progress};
use pythonide_testkit::product::{Product, Setup, World};

use crate::{
    floods::{Flood, running::Running},
    neighbour::{Action, AllTimes, NEIGHBOUR, Neighbour},
    report::{Line, Measured},
    rule::Where,
};

/// Actions that are not measured before each quiet phase: what a flood has left behind is cleared away meanwhile.
const WARM_UP: usize = 3;

/// What to measure.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) binary: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) worlds: Vec<Where>,
    pub(crate) floods: Vec<Flood>,
    pub(crate) runs: usize,
    /// Quiet and beside, in turn, so often in each run.
    pub(crate) rounds: usize,
    /// Samples of each action in a phase of a round.
    pub(crate) samples: usize,
}

impl Plan {
    /// Measures everything, in an order in which a change of the machine's load falls on all worlds.
    pub(crate) async fn measure(&self) -> anyhow::Result<Vec<Line>> {
        let mut runs = Vec::new();
        for run in 1..=self.runs {
            for world in &self.worlds {
                let title = format!("run {run} of {}, {}", self.runs, world.name());
                runs.push((*world, self.measure_world(*world, &title).await?));
            }
        }
        let mut lines = Vec::new();
        for world in &self.worlds {
            for (number, flood) in self.floods.iter().enumerate() {
                for (index, action) in Action::ALL.into_iter().enumerate() {
                    let of_world = runs.iter().filter(|(where_run, _)| where_run == world);
                    let measured = of_world
                        .map(|(_, floods)| Some(floods.get(number)?[index]))
                        .collect::<Option<Vec<_>>>()
                        .context("a run is not complete")?;
                    lines.push(Line::of(*world, *flood, action, measured));
                }
            }
        }
        Ok(lines)
    }

    /// All floods in one world, each with the figures of all actions.
    async fn measure_world(&self, world: Where, title: &str) -> anyhow::Result<Vec<[Measured; 4]>> {
        let product = self.start(world);
        // Once no other product is on the machine, which would notice.
        let _autogroup_off = (world == Where::Container)
            .then(AutogroupOff::set)
            .flatten();
        let mut neighbour = Neighbour::enter(&product).await?;
        let mut all = Vec::new();
        for flood in &self.floods {
            let context = || format!("{title}, {}", flood.name());
            let measured = self
                .measure_flood(*flood, &product, &mut neighbour)
                .await
                .with_context(context)?;
            let shown = measured.iter().zip(Action::ALL).map(|(measured, action)| {
                let (quiet, beside) = (measured.quiet.p95, measured.beside.p95);
                format!("{} {quiet:.1} → {beside:.1} ms", action.name())
            });
            let shown = shown.collect::<Vec<_>>().join(", ");
            let rate = measured.first().map_or(0.0, |one| one.flood_per_second);
            progress(format_args!("{}: {shown} ({rate:.1} a second)", context()));
            all.push(measured);
        }
        Ok(all)
    }

    async fn measure_flood(
        &self,
        flood: Flood,
        product: &Product,
        neighbour: &mut Neighbour,
    ) -> anyhow::Result<[Measured; 4]> {
        flood.prepare(product).await?;
        let (mut quiet, mut beside) = (AllTimes::default(), AllTimes::default());
        let mut rate = 0.0;
        for _ in 0..self.rounds {
            neighbour.work(WARM_UP, &mut AllTimes::default()).await?;
            neighbour.work(self.samples, &mut quiet).await?;
            let running = Running::begin(flood, product).await?;
            neighbour.work(self.samples, &mut beside).await?;
            rate += running.end().await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few rounds")]
        let flood_per_second = rate / self.rounds as f64;
        let mut pairs = quiet.iter().zip(&beside);
        Ok(Action::ALL.map(|_| {
            let (quiet, beside) = pairs.next().expect("as many as actions");
            Measured {
                quiet: quiet.samples.figures(),
                beside: beside.samples.figures(),
                failures: beside.failures,
                flood_per_second,
            }
        }))
    }

    fn start(&self, world: Where) -> Product {
        let world = match world {
            Where::Namespaces => World::AsItIs,
            Where::Container => World::Container,
        };
        let mut setup = Setup::new(self.binary.clone(), self.python.clone()).within(world);
        let attackers = self.floods.iter().flat_map(|flood| flood.attackers());
        let members = std::iter::once(NEIGHBOUR.to_owned()).chain(attackers);
        let members = members.map(|name| (name, "student")).collect();
        setup.classes = vec![("Bench".to_owned(), members)];
        setup.start()
    }
}
