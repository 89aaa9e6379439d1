//! `cargo xtask bench`: what programs cost, beside what they cost without us.
//!
//! Both sides are measured in turn within one run, so that what else the machine does falls on both.

mod bare;
mod faults;
mod latency;
mod machine;
mod memory;
mod neighbours;
mod processor;
mod table;
mod throughput;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use pythonide_measure::process::{raise_open_files, unless_stopped};
use pythonide_testkit::{
    product::{Product, Setup},
    student::Student,
};
use serde_json::json;

use crate::{
    build,
    process::{progress, root, tell},
    python,
    tools::{self, Tool},
};
use neighbours::Neighbours;
use table::Line;

/// Measures.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How soon programs print and end, how many a second, and what they hold.
    Runs(Runs),
    /// How long a student waits while others flood the product.
    Neighbours(Neighbours),
}

/// What to measure, and how to tell it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(crate) struct Runs {
    /// Tells it as one line of JSON, the last.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Tells it as the table of docs/performance.md.
    #[arg(long)]
    markdown: bool,
    /// Few samples: shows that it works, not how fast.
    #[arg(long)]
    quick: bool,
    /// Fails when a target is missed.
    #[arg(long)]
    check: bool,
    /// Only these.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Measures this binary instead of building one.
    #[arg(long, hide = true)]
    binary: Option<PathBuf>,
    /// Its version of the socket's conversation, if it is an older one.
    #[arg(long, hide = true)]
    protocol: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// A program of one line.
    Hello,
    /// A program that imports numpy, pandas and matplotlib.
    Import,
    /// The pages that the kernel prepares for both of these.
    Faults,
    /// A program that is stopped.
    Stop,
    /// Programs one after another, of several students at once.
    Throughput,
    /// A program that computes.
    Processor,
    /// Programs that wait at their prompts.
    Prompts,
    /// Students who do nothing.
    Idle,
    /// A program that prints without end.
    Flood,
}

/// Settings with which zygotes load no packages, and what is said of programs that come from those.
pub(crate) const WITHOUT_PACKAGES: (&[&str], &str) =
    (&["--warm-packages", ""], ", no packages loaded");

/// What all measures share.
#[derive(Debug)]
pub(crate) struct Bed {
    binary: PathBuf,
    /// The class's Python.
    python: PathBuf,
    protocol: Option<u16>,
    is_quick: bool,
}

impl Bed {
    /// How often to measure something.
    fn times(&self, full: usize, quick: usize) -> usize {
        if self.is_quick { quick } else { full }
    }

    /// A product with students `s0`, `s1`, and so on, whose packages are loaded.
    fn product(&self, students: usize, settings: &[&str]) -> Product {
        let mut setup = Setup::new(self.binary.clone(), self.python.clone()).with(settings);
        let students = (0..students).map(|number| (format!("s{number}"), "student"));
        setup.classes = vec![("Bench".to_owned(), students.collect())];
        let product = setup.start();
        product.wait_until_warm();
        product
    }

    async fn student(&self, product: &Product, number: usize) -> Student {
        Student::enter(product, &format!("s{number}"), self.protocol).await
    }
}

impl Bench {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Runs(runs) => runs.run(),
            What::Neighbours(neighbours) => neighbours.run(),
        }
    }
}

impl Runs {
    fn run(self) -> anyhow::Result<()> {
        tools::ensure(&[Tool::Venv, Tool::Bubblewrap])?;
        let python = python::environment()?;
        let binary = if let Some(binary) = &self.binary {
            std::path::absolute(binary)?
        } else {
            build::release()?;
            root().join("target/release/pythonide")
        };
        // For a thousand sockets here and in the server.
        raise_open_files()?;
        let bed = Bed {
            binary,
            python,
            protocol: self.protocol,
            is_quick: self.quick,
        };
        // One thread, as a page has: more would take processors from what is measured.
        let lines = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(unless_stopped(self.measure(&bed)))?;
        self.show(&bed, &lines)?;
        let missed = lines.iter().filter(|line| line.is_met == Some(false));
        match missed.count() {
            0 => Ok(()),
            missed if self.check => bail!("{missed} target(s) missed"),
            _ => Ok(()),
        }
    }

    async fn measure(&self, bed: &Bed) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for measure in Measure::value_variants() {
            if !self.only.is_empty() && !self.only.contains(measure) {
                continue;
            }
            progress(format_args!("measuring: {measure:?}"));
            lines.extend(match measure {
                Measure::Hello => latency::hello(bed).await?,
                Measure::Import => latency::import(bed).await?,
                Measure::Faults => faults::measure(bed).await?,
                Measure::Stop => latency::stop(bed).await?,
                Measure::Throughput => throughput::measure(bed).await?,
                Measure::Processor => processor::measure(bed).await?,
                Measure::Prompts => memory::prompts(bed).await?,
                Measure::Idle => memory::idle(bed).await?,
                Measure::Flood => memory::flood(bed).await?,
            });
        }
        Ok(lines)
    }

    fn show(&self, bed: &Bed, lines: &[Line]) -> anyhow::Result<()> {
        let machine = machine::describe(bed)?;
        if self.json {
            let all = json!({ "machine": machine, "quick": self.quick, "lines": lines });
            tell(all);
        } else {
            let table = if self.markdown {
                table::markdown(lines)
            } else {
                table::plain(lines)
            };
            let counts = lines.iter().map(|line| line.ours.count);
            let (least, most) = (counts.clone().min(), counts.max());
            let samples = format!(
                "{} to {} samples a line",
                least.unwrap_or(0),
                most.unwrap_or(0)
            );
            tell(format_args!("\n{table}\n\n{machine}; {samples}."));
        }
        Ok(())
    }
}
