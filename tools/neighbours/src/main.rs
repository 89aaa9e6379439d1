#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bench;
mod floods;
mod neighbour;
mod report;
mod rule;

use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use pythonide_measure::{
    machine,
    output::tell,
    process::{raise_open_files, unless_stopped},
};
use pythonide_testkit::container;
use serde_json::json;

use bench::Plan;
use floods::{Flood, client::Client};
use report::Line;
use rule::Where;

/// Measures how long a student waits while others flood the product.
///
/// Target for the p95 beside a flood, median of the runs: at most the larger of 2 × quiet and quiet + 30 ms; in a container
/// the larger of 3 × quiet and quiet + 60 ms. An action that fails or takes longer than ten seconds misses it.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench neighbours",
    bin_name = "cargo xtask bench neighbours",
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = "Examples:
  cargo xtask bench neighbours                                 everything, in 10 minutes or so
  cargo xtask bench neighbours --quick --only fork-bomb,usage  shows that it works
  cargo xtask bench neighbours --markdown                      the tables of docs/performance.md
  cargo xtask bench neighbours --check                         fails when a target is missed
  cargo xtask bench neighbours --without-limits --only usage   what the limits of users prevent"
)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Writes one line of JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Writes the tables of docs/performance.md.
    #[arg(long)]
    markdown: bool,
    /// Takes few samples in one run: shows that it works, not how fast. The floods are as large.
    #[arg(long)]
    quick: bool,
    /// Fails when a target is missed.
    #[arg(long)]
    check: bool,
    /// Measures only beside these floods.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Flood>,
    /// Measures only in these worlds.
    #[arg(long, value_enum, value_delimiter = ',')]
    world: Vec<Where>,
    /// How often everything is measured; the figures are medians. Default: 3, with --quick 1.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=99))]
    runs: Option<u8>,
    /// Measures a test build in which a user may ask for any number of things at once. `cargo xtask` builds it in a folder
    /// of its own (target/without-limits).
    #[arg(long)]
    without_limits: bool,
    /// The product's binary. `cargo xtask` builds it.
    #[arg(long, value_name = "FILE", default_value = "target/release/pythonide")]
    binary: PathBuf,
    /// The class's Python. `cargo xtask` makes it.
    #[arg(
        long,
        value_name = "FILE",
        env = "PYTHONIDE_PYTHON",
        default_value = "/usr/bin/python3"
    )]
    python: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(hide = true)]
    Flood(Client),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Flood(client)) => client.run(),
        None => cli.run(),
    }
}

/// Those that were named, in the order of their declaration, or all.
fn chosen<T: ValueEnum + PartialEq>(named: &[T]) -> Vec<T> {
    let all = T::value_variants().iter();
    all.filter(|one| named.is_empty() || named.contains(one))
        .cloned()
        .collect()
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "run this as root: students have users of their own in both worlds"
        );
        // What is made here is for students' uids to read.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        let worlds = chosen(&self.world);
        if worlds.contains(&Where::Container) {
            for path in [container::RUNC, container::DOCKER_FILTER] {
                ensure!(
                    std::path::Path::new(path).exists(),
                    "{path} is missing: install runc and golang-github-docker-docker-dev, or use --world namespaces"
                );
            }
        }
        raise_open_files()?;
        let plan = Plan {
            binary: std::path::absolute(&self.binary)?,
            python: std::path::absolute(&self.python)?,
            worlds,
            floods: chosen(&self.only),
            runs: self
                .runs
                .map_or(if self.quick { 1 } else { 3 }, usize::from),
            rounds: if self.quick { 2 } else { 4 },
            samples: if self.quick { 5 } else { 15 },
        };
        ensure!(
            plan.binary.exists(),
            "{} is missing: build it with cargo xtask build",
            plan.binary.display()
        );
        // One thread, as a page has: more would take processors from what is measured.
        let lines = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(unless_stopped(plan.measure()))?;
        self.show(&plan, &lines)?;
        match lines.iter().filter(|line| !line.is_met).count() {
            missed @ 1.. if self.check => bail!("{missed} target(s) missed"),
            _ => Ok(()),
        }
    }

    fn show(&self, plan: &Plan, lines: &[Line]) -> anyhow::Result<()> {
        let limits = if self.without_limits {
            ", a test build without limits of users"
        } else {
            ""
        };
        let machine = format!(
            "{}, {}{limits}",
            machine::describe()?,
            plan.binary.display()
        );
        if self.json {
            let all = json!({
                "machine": machine,
                "quick": self.quick,
                "without_limits": self.without_limits,
                "lines": lines,
            });
            tell(all);
            return Ok(());
        }
        let samples = plan.rounds * plan.samples;
        let tables = report::tables(lines, self.markdown);
        let runs = plan.runs;
        tell(format_args!(
            "\n{tables}\n\n{machine}; median of {runs} run(s) of {samples} samples each."
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn floods_are_all_or_those_named() {
        assert_eq!(chosen::<Flood>(&[]), Flood::value_variants());
        let named = [Flood::Usage, Flood::Uploads];
        assert_eq!(chosen(&named), [Flood::Uploads, Flood::Usage]);
    }
}
