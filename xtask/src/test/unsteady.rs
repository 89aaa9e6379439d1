//! Runs a suite, and each test that failed again, alone. A test that passes then is *unsteady*: it is listed with its
//! first output, and the run passes. A test that fails three times fails the run.

use anyhow::ensure;

use super::{
    outcome::{Outcome, Test},
    suite::Suite,
};
use crate::process::tell;

/// How often a test that failed is run again.
const RETRIES: u32 = 2;
/// More failures than that have one cause, which a retry does not find.
const MAX_RETRIED: usize = 10;

/// A test that failed and then passed.
#[derive(Debug)]
pub(super) struct Unsteady {
    test: Test,
    first_output: String,
}

/// Runs a suite with retries and returns the outcome of each test; adds the unsteady ones to `unsteady`.
///
/// # Errors
/// When a test failed three times, or once where it is never retried; when more than ten failed.
pub(super) fn run(
    suite: Suite,
    more: &[String],
    unsteady: &mut Vec<Unsteady>,
) -> anyhow::Result<Vec<Outcome>> {
    let outcomes = suite.run(more)?;
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|one| Some((&one.test, one.failure.as_ref()?)))
        .collect();
    ensure!(
        failures.len() <= MAX_RETRIED,
        "{} of {} tests failed",
        failures.len(),
        outcomes.len()
    );
    let mut failed = Vec::new();
    for (test, output) in failures {
        if test.is_never_retried() || !passes_alone(suite, test)? {
            failed.push(test.to_string());
        } else {
            unsteady.push(Unsteady {
                test: test.clone(),
                first_output: output.clone(),
            });
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(outcomes)
}

fn passes_alone(suite: Suite, test: &Test) -> anyhow::Result<bool> {
    for retry in 1..=RETRIES {
        tell(format_args!(
            "\n== {test} failed; retry {retry} of {RETRIES}, alone"
        ));
        if suite.passes_alone(test)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Prints the unsteady tests of a run.
pub(super) fn report(unsteady: &[Unsteady]) {
    tell(format_args!("\nUnsteady tests: {}", unsteady.len()));
    for Unsteady { test, first_output } in unsteady {
        tell(format_args!("\n-- {test} failed once:\n{first_output}"));
    }
}
