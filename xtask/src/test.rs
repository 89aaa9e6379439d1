//! `cargo xtask test`: all that a change must pass, and that CI runs.

use std::time::Instant;

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::{
    arrows,
    attacks::Attacks,
    build,
    compat::Compat,
    generate, licences,
    process::{cargo, command, root, run, tell, watch},
    python, tidy,
    tools::{self, Tool},
    web,
};

/// Checks all that a change must pass.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Further arguments of `cargo test`, after `--`.
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
        let wants = |part| self.only.is_none_or(|only| only == part);
        let mut steps: Vec<(&str, Step)> = vec![
            (
                "tools",
                Box::new(|| {
                    tools::ensure(&[
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
        if wants(Part::Static) {
            steps.extend(static_steps());
        }
        if wants(Part::Rust) {
            let more = self.more.clone();
            steps.push(("tests of the runtime", Box::new(runtime)));
            steps.push(("tests of the crates", Box::new(move || rust(&more))));
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
            steps.push(("browser tests", Box::new(browser)));
        }
        for (name, step) in steps {
            let start = Instant::now();
            tell(format_args!("\n== {name}"));
            step().with_context(|| format!("{name}: failed"))?;
            tell(format_args!(
                "== {name}: passed in {} s",
                start.elapsed().as_secs()
            ));
        }
        tell(format_args!(
            "\nAll passed in {} min.",
            began.elapsed().as_secs().div_ceil(60)
        ));
        Ok(())
    }
}

type Step = Box<dyn FnOnce() -> anyhow::Result<()>>;

fn static_steps() -> Vec<(&'static str, Step)> {
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

fn rust(more: &[String]) -> anyhow::Result<()> {
    let python = python::environment()?;
    // Programs of the tests are started by it.
    build::dev()?;
    let mut tests = cargo(&["test", "--workspace", "--locked"]);
    tests
        .args(more)
        // A message tells its line; pages of frames would hide it in a log that is cut.
        .env("RUST_BACKTRACE", "0")
        .env("PYTHONIDE_PYTHON", python)
        .env("PYTHONIDE_BIN", root().join("target/debug/pythonide"));
    let (mut sqlite, mut postgres) = (0, 0);
    watch(tests, |line| {
        // Tests of one engine alone are in its own module.
        if line.ends_with("... ok") && !line.starts_with("test engine::") {
            sqlite += u32::from(line.contains("::sqlite::"));
            postgres += u32::from(line.contains("::postgres::"));
        }
    })?;
    tell(format_args!(
        "The store's tests: {sqlite} on SQLite, {postgres} on PostgreSQL."
    ));
    let is_whole = more.is_empty();
    anyhow::ensure!(
        sqlite == postgres && (sqlite > 0 || !is_whole),
        "the same tests must run on both engines"
    );
    Ok(())
}

/// In a process of its own, which has mounts of its own.
fn cluster() -> anyhow::Result<()> {
    run(command(std::env::current_exe()?, &["cluster", "--quick"]))
}

fn browser() -> anyhow::Result<()> {
    let python = python::environment()?;
    build::dev()?;
    let mut tests = web::script("e2e");
    tests
        .env("PYTHONIDE_PYTHON", python)
        .env("PYTHONIDE_BIN", root().join("target/debug/pythonide"));
    run(tests)
}
