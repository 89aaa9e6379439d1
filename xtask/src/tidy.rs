//! Rules about files that no other tool checks.

use anyhow::bail;

use crate::process::{command, read, root};

/// No file is longer: what grows past it has two subjects.
const MAX_LINES: usize = 500;
/// Files that are made, or are lists by nature.
const LONG_BY_NATURE: [&str; 4] = [
    "Cargo.lock",
    "package-lock.json",
    "docs/openapi.json",
    "/generated/",
];

/// Fails when a file breaks a rule, naming all that do.
pub(crate) fn check() -> anyhow::Result<()> {
    let files = read(command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    let mut faults = Vec::new();
    for name in files.lines() {
        let Ok(text) = std::fs::read_to_string(root().join(name)) else {
            continue;
        };
        let is_long = text.lines().count() > MAX_LINES;
        if is_long && !LONG_BY_NATURE.iter().any(|part| name.contains(part)) {
            faults.push(format!("{name} has more than {MAX_LINES} lines"));
        }
        if name.ends_with("package-lock.json") && text.contains("\"resolved\"") {
            faults.push(format!("{name} names where packages were downloaded from"));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}
