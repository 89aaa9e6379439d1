//! What was measured, next to what is allowed: as a table, as Markdown, as JSON.

use pythonide_measure::{
    stats::Figures,
    table::{self, short},
};
use serde::Serialize;

use crate::{
    floods::Flood,
    neighbour::Action,
    rule::{Where, median},
};

/// One action of the neighbour beside one flood, in one run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Measured {
    pub(crate) quiet: Figures,
    pub(crate) beside: Figures,
    /// Actions beside the flood that failed or took longer than ten seconds.
    pub(crate) failures: usize,
    /// What the attackers did in a second: requests, starts of programs, pairs of attach and detach.
    pub(crate) flood_per_second: f64,
}

/// The same in all runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) world: Where,
    pub(crate) flood: Flood,
    pub(crate) action: Action,
    /// Medians of the runs, in milliseconds.
    pub(crate) quiet: Figures,
    pub(crate) beside: Figures,
    pub(crate) flood_per_second: f64,
    /// The longest p95 beside the flood that meets the target, in milliseconds.
    pub(crate) allowed: f64,
    /// In all runs.
    pub(crate) failures: usize,
    pub(crate) is_met: bool,
    pub(crate) runs: Vec<Measured>,
}

impl Line {
    pub(crate) fn of(world: Where, flood: Flood, action: Action, runs: Vec<Measured>) -> Self {
        let (quiet, beside) = (
            medians(&runs, |run| run.quiet),
            medians(&runs, |run| run.beside),
        );
        let allowed = world.allowed(quiet.p95);
        let failures = runs.iter().map(|run| run.failures).sum();
        Self {
            world,
            flood,
            action,
            quiet,
            beside,
            flood_per_second: median(runs.iter().map(|run| run.flood_per_second)),
            allowed,
            failures,
            is_met: beside.p95 <= allowed && failures == 0,
            runs,
        }
    }

    fn cells(&self) -> [String; 5] {
        let shown =
            |figures: &Figures| format!("{} / {} ms", short(figures.p50), short(figures.p95));
        let mut beside = shown(&self.beside);
        if self.failures > 0 {
            beside = format!("{beside}, {} failed", self.failures);
        }
        [
            format!("{}: {}", self.flood.name(), self.action.name()),
            shown(&self.quiet),
            beside,
            format!("{} ms", short(self.allowed)),
            if self.is_met { "met" } else { "NOT MET" }.to_owned(),
        ]
    }
}

fn medians(runs: &[Measured], figures: impl Fn(&Measured) -> Figures) -> Figures {
    let all = || runs.iter().map(&figures);
    Figures {
        p50: median(all().map(|one| one.p50)),
        p95: median(all().map(|one| one.p95)),
        count: all().map(|one| one.count).sum(),
    }
}

const HEADS: [&str; 5] = [
    "what",
    "quiet (p50 / p95)",
    "beside (p50 / p95)",
    "allowed p95",
    "met",
];

/// A table for each world.
pub(crate) fn tables(lines: &[Line], is_markdown: bool) -> String {
    let worlds = lines.chunk_by(|one, next| one.world == next.world);
    let tables = worlds.map(|lines| {
        let heads = std::iter::once(HEADS.map(str::to_owned));
        let rows: Vec<_> = heads.chain(lines.iter().map(Line::cells)).collect();
        let world = lines.first().map_or("", |line| line.world.name());
        if is_markdown {
            format!("**{world}**\n\n{}", table::markdown(&rows))
        } else {
            format!("{world}\n{}", table::plain(&rows))
        }
    });
    tables.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(quiet: f64, beside: f64, failures: usize) -> Measured {
        let figures = |p95| Figures {
            p50: 1.0,
            p95,
            count: 20,
        };
        Measured {
            quiet: figures(quiet),
            beside: figures(beside),
            failures,
            flood_per_second: 1.0,
        }
    }

    fn line(runs: &[Measured]) -> Line {
        Line::of(Where::Namespaces, Flood::Output, Action::Run, runs.to_vec())
    }

    #[test]
    fn the_target_is_for_the_median_run() {
        assert!(line(&[run(10.0, 40.0, 0), run(9.0, 900.0, 0), run(11.0, 12.0, 0)]).is_met);
        assert!(!line(&[run(10.0, 41.0, 0), run(9.0, 900.0, 0), run(11.0, 12.0, 0)]).is_met);
    }

    #[test]
    fn a_failure_misses_the_target() {
        let line = line(&[run(10.0, 10.0, 0), run(10.0, 10.0, 1), run(10.0, 10.0, 0)]);
        assert!(!line.is_met);
        assert!(tables(&[line], false).contains("1 failed"));
    }
}
