//! `cargo xtask test --stress`: finds tests that depend on the speed of the machine.

use std::process::{Child, Command};

use anyhow::{Context, ensure};

use super::{
    outcome::{Outcome, Test},
    suite::{Suite, TIME_LIMIT},
};
use crate::process::tell;

/// Ends with its parent, however that ends.
const BUSY_LOOP: &str = "while kill -0 $PPID; do :; done";
/// Each takes a whole core where nobody else wants it.
const BUSY_LOOPS: usize = 2;
/// How often a suspicious test is run again.
const REPEATS: u32 = 20;

/// Runs both suites beside busy loops, and then, still beside them, each test that failed or used over half its time
/// limit twenty times.
///
/// # Errors
/// When a test failed, naming how often.
pub(super) fn run() -> anyhow::Result<()> {
    for suite in Suite::ALL {
        suite.build()?;
    }
    let _load = Load::start()?;
    let mut suspects = Vec::new();
    for suite in Suite::ALL {
        let outcomes = suite.run(&[])?;
        let is_suspect = |one: &Outcome| one.failure.is_some() || one.seconds > TIME_LIMIT / 2.0;
        let found = outcomes.into_iter().filter(is_suspect);
        suspects.extend(found.map(|one| (suite, one)));
    }
    for (_, first) in &suspects {
        let what = if first.failure.is_some() {
            "failed"
        } else {
            "was slow"
        };
        tell(format_args!(
            "{} {what} after {:.0} s of {TIME_LIMIT}",
            first.test, first.seconds
        ));
    }
    let mut failures = Vec::new();
    for (suite, first) in suspects {
        let failed = repeat(suite, &first.test)? + u32::from(first.failure.is_some());
        if failed > 0 {
            failures.push(format!("{}: {failed} of {}", first.test, REPEATS + 1));
        }
    }
    ensure!(
        failures.is_empty(),
        "failed under load:\n  {}",
        failures.join("\n  ")
    );
    Ok(())
}

fn repeat(suite: Suite, test: &Test) -> anyhow::Result<u32> {
    let mut failed = 0;
    for _ in 0..REPEATS {
        failed += u32::from(!suite.passes_alone(test)?);
    }
    Ok(failed)
}

/// The busy loops, ended on drop.
struct Load(Vec<Child>);

impl Load {
    fn start() -> anyhow::Result<Self> {
        let mut load = Self(Vec::new());
        for _ in 0..BUSY_LOOPS {
            let busy = Command::new("sh").args(["-c", BUSY_LOOP]).spawn();
            load.0.push(busy.context("could not start a busy loop")?);
        }
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for busy in &mut self.0 {
            // One that has ended already is not there to be ended.
            let _ = busy.kill();
            let _ = busy.wait();
        }
    }
}
