//! What goes to the terminal: the only place that prints.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the door to the terminal"
)]

use std::fmt::Display;

use anyhow::Context;
use serde::Serialize;

/// Prints a line of the answer.
pub(crate) fn line(text: impl Display) {
    println!("{text}");
}

/// Prints a line about the answer, which a script that reads the answer does not see.
pub(crate) fn note(text: impl Display) {
    eprintln!("{text}");
}

/// Prints an error with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("pythonide: {error:#}");
}

/// Prints the answer for scripts.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value).context("could not write JSON")?);
    Ok(())
}
