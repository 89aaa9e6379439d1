//! The two suites of tests that take part in retries and stress: the crates' (nextest) and the browser's (vitest).

use anyhow::{Context, ensure};

use super::outcome::{self, Outcome, Test};
use crate::{
    build,
    process::{cargo, root, run},
    python, web,
};

/// Seconds after which both runners end a test: `.config/nextest.toml`, `web/vitest.e2e.config.ts`.
pub(super) const TIME_LIMIT: f64 = 120.0;

/// A runner of tests, and how it is asked for some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    Crates,
    Browser,
}

impl Suite {
    pub(super) const ALL: [Self; 2] = [Self::Crates, Self::Browser];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Crates => "tests of the crates",
            Self::Browser => "browser tests",
        }
    }

    /// Builds all that its tests start, so that no build runs beside them.
    pub(super) fn build(self) -> anyhow::Result<()> {
        python::environment()?;
        build::dev()?;
        if self == Self::Crates {
            run(cargo(&[
                "nextest",
                "run",
                "--workspace",
                "--locked",
                "--no-run",
            ]))?;
        }
        Ok(())
    }

    /// Runs all of its tests, or those that `more` arguments choose; returns the outcome of each.
    ///
    /// # Errors
    /// When the runner itself failed: a failed test is an outcome.
    pub(super) fn run(self, more: &[String]) -> anyhow::Result<Vec<Outcome>> {
        let report = match self {
            Self::Crates => root().join("target/nextest/default/junit.xml"),
            Self::Browser => root().join("target/browser-tests.xml"),
        };
        // That of an earlier run would be taken for this one's.
        if report.exists() {
            std::fs::remove_file(&report)?;
        }
        let mut command = match self {
            Self::Crates => cargo(&["nextest", "run", "--workspace", "--locked"]),
            Self::Browser => {
                let mut vitest = web::script("e2e");
                vitest.args(["--", "--reporter=default", "--reporter=junit"]);
                vitest.arg(format!("--outputFile.junit={}", report.display()));
                vitest
            }
        };
        command
            .args(more)
            // A message names its line; pages of frames would hide it in a log that is cut.
            .env("RUST_BACKTRACE", "0")
            .env("PYTHONIDE_PYTHON", python::environment()?)
            .env("PYTHONIDE_BIN", root().join("target/debug/pythonide"));
        let status = command.status().context("could not start the tests")?;
        let outcomes = outcome::read(&report)?;
        let has_failures = outcomes.iter().any(|one| one.failure.is_some());
        ensure!(
            status.success() != has_failures,
            "the tests and their runner disagree ({status})"
        );
        Ok(outcomes)
    }

    /// Runs one test with nothing beside it; returns whether it ran and passed.
    pub(super) fn passes_alone(self, test: &Test) -> anyhow::Result<bool> {
        let outcomes = self.run(&self.only(test))?;
        let has_run = outcomes.iter().any(|one| one.test.file == test.file);
        Ok(has_run && outcomes.iter().all(|one| one.failure.is_none()))
    }

    /// The arguments that choose one test.
    fn only(self, test: &Test) -> Vec<String> {
        let Test { file, name } = test;
        match self {
            Self::Crates => vec![
                "-E".to_owned(),
                format!("binary_id(={file}) & test(={name})"),
            ],
            // What comes before all tests of a file has failed: it is reported as a test with the file's name.
            Self::Browser if name == file => vec![file.clone()],
            Self::Browser => {
                // The report joins the names of groups with " > ", the pattern is matched against them joined by spaces.
                let name = escape(&name.replace(" > ", " "));
                vec![file.clone(), "-t".to_owned(), format!("^{name}$")]
            }
        }
    }
}

/// Escapes what a regular expression would take for more than a character.
fn escape(name: &str) -> String {
    name.chars().fold(String::new(), |mut escaped, character| {
        if !character.is_alphanumeric() && character.is_ascii() && character != ' ' {
            escaped.push('\\');
        }
        escaped.push(character);
        escaped
    })
}
