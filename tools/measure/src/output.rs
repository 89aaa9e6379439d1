//! Results on the standard output, progress on the standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tools talk to the person who runs them"
)]

/// Writes a result to the standard output.
pub fn tell(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Writes progress to the standard error, which a script does not read.
pub fn progress(text: impl std::fmt::Display) {
    eprintln!("{text}");
}
