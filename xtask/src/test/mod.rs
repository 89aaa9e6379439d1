//! `cargo xtask test`: all that a change must pass, and that CI runs.

mod outcome;
mod stress;
mod suite;
mod unsteady;

use std::{cell::RefCell, time::Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::{
    arrows,
    attacks::Attacks,
    compat::Compat,
    generate, licences, limits_table,
    process::{cargo, command, run, tell},
    python, tidy,
    tools::{self, Tool},
    web,
};
use suite::Suite;
use unsteady::Unsteady;

/// Checks all that a change must pass.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Runs the tests of the crates and of the browser beside two busy loops, and each that failed or took over half
    /// its time limit twenty times more.
    #[arg(long, conflicts_with = "only")]
    stress: bool,
    /// Further arguments of `cargo nextest run`, after `--`.
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, lints, generated files, arrows, licences, documentation.
    Static,
    /// The tests of the runtime and of the crates, those on SQLite and on PostgreSQL.
    Rust,
    /// Some attacks and some of CPython's own tests, as programs of students.
    Programs,
    /// The front end's checks and tests.
    Web,
    /// The tests in a real browser.
    Browser,
}

impl Test {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let began = Instant::now();
        let unsteady = RefCell::new(Vec::new());
        let outcome = self
            .steps(&unsteady)
            .into_iter()
            .try_for_each(|(name, step)| {
                let start = Instant::now();
                tell(format_args!("\n== {name}"));
                step().with_context(|| format!("{name}: failed"))?;
                tell(format_args!(
                    "== {name}: passed in {} s",
                    start.elapsed().as_secs()
                ));
                anyhow::Ok(())
            });
        unsteady::report(&unsteady.borrow());
        outcome?;
        tell(format_args!(
            "\nAll passed in {} min.",
            began.elapsed().as_secs().div_ceil(60)
        ));
        Ok(())
    }

    fn steps<'a>(&self, unsteady: &'a RefCell<Vec<Unsteady>>) -> Vec<(&'static str, Step<'a>)> {
        let wants = |part| self.only.is_none_or(|only| only == part);
        let mut steps: Vec<(&str, Step<'a>)> = vec![
            (
                "tools",
                Box::new(|| {
                    tools::ensure(&[
                        Tool::Nextest,
                        Tool::Venv,
                        Tool::Postgres,
                        Tool::Chromium,
                        Tool::PythonExamples,
                        Tool::PythonTests,
                        Tool::Haproxy,
                    ])
                }),
            ),
            (
                "front end",
                Box::new(|| web::install().and_then(|()| web::build())),
            ),
        ];
        if self.stress {
            steps.push(("stress", Box::new(stress::run)));
            return steps;
        }
        if wants(Part::Static) {
            steps.extend(static_steps());
        }
        if wants(Part::Rust) {
            let more = self.more.clone();
            steps.push(("tests of the runtime", Box::new(runtime)));
            let crates = move || rust(&more, &mut unsteady.borrow_mut());
            steps.push((Suite::Crates.name(), Box::new(crates)));
        }
        if wants(Part::Programs) {
            steps.push(("attacks", Box::new(|| Attacks::quick().run())));
            steps.push(("CPython's own tests", Box::new(|| Compat::sample().run())));
            steps.push(("cluster", Box::new(cluster)));
        }
        if wants(Part::Web) {
            steps.push(("front end checks", Box::new(|| run(web::script("check")))));
            steps.push(("front end tests", Box::new(|| run(web::script("test")))));
        }
        if wants(Part::Browser) {
            let browser = || {
                Suite::Browser.build()?;
                unsteady::run(Suite::Browser, &[], &mut unsteady.borrow_mut()).map(drop)
            };
            steps.push((Suite::Browser.name(), Box::new(browser)));
        }
        steps
    }
}

type Step<'a> = Box<dyn FnOnce() -> anyhow::Result<()> + 'a>;

fn static_steps() -> Vec<(&'static str, Step<'static>)> {
    vec![
        (
            "formatting",
            Box::new(|| run(cargo(&["fmt", "--all", "--check"]))),
        ),
        (
            "lints",
            Box::new(|| {
                run(cargo(&[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "--deny",
                    "warnings",
                ]))
            }),
        ),
        ("generated files", Box::new(generate::check)),
        ("arrows", Box::new(arrows::check)),
        ("licences", Box::new(licences::check)),
        ("tidiness", Box::new(tidy::check)),
        ("table of limits", Box::new(limits_table::check)),
        (
            "documentation",
            Box::new(|| {
                let mut doc = cargo(&[
                    "doc",
                    "--workspace",
                    "--no-deps",
                    "--locked",
                    "--document-private-items",
                ]);
                doc.env("RUSTDOCFLAGS", "--deny warnings");
                run(doc)
            }),
        ),
    ]
}

/// With the class's Python, which has the packages that hints speak of.
fn runtime() -> anyhow::Result<()> {
    let python = python::environment()?;
    // Without compiled files in the folder that the binary embeds.
    let words = [
        "-B",
        "-m",
        "unittest",
        "discover",
        "--start-directory",
        "runtime",
    ];
    run(command(python, &words))
}

fn rust(more: &[String], unsteady: &mut Vec<Unsteady>) -> anyhow::Result<()> {
    Suite::Crates.build()?;
    let outcomes = unsteady::run(Suite::Crates, more, unsteady)?;
    let count = |engine| {
        let of_store = outcomes
            .iter()
            .filter(|one| one.test.file == "pythonide-store::it");
        of_store
            .filter(|one| one.test.name.contains(engine))
            .count()
    };
    let (sqlite, postgres) = (count("::sqlite::"), count("::postgres::"));
    tell(format_args!(
        "The store's tests: {sqlite} on SQLite, {postgres} on PostgreSQL."
    ));
    anyhow::ensure!(
        !more.is_empty() || (sqlite == postgres && sqlite > 0),
        "the same tests must run on both engines"
    );
    Ok(())
}

/// In a process of its own, which has mounts of its own.
fn cluster() -> anyhow::Result<()> {
    run(command(std::env::current_exe()?, &["cluster", "--quick"]))
}
