//! Which of CPython's test modules are run, and which may fail.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, ensure};

/// Where Debian has them.
const FOLDER: &str = "/usr/lib/python3.11/test";
/// Modules that say much in little time.
const SAMPLE: &str = include_str!("sample.txt");
/// Modules that pass elsewhere and need not pass here, each with its reason.
const EXCEPTIONS: &str = include_str!("exceptions.txt");

/// The names of all of them.
pub(super) fn all() -> anyhow::Result<Vec<String>> {
    let folder = Path::new(FOLDER);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("could not read {FOLDER}"))? {
        let path = entry?.path();
        let is_package = path.join("__init__.py").exists();
        let is_file = path.extension().is_some_and(|ending| ending == "py");
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("test_") && (is_package || is_file) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

pub(super) fn sample() -> Vec<String> {
    lines(SAMPLE).map(str::to_owned).collect()
}

/// What need not pass, and why.
#[derive(Debug, Clone)]
pub(super) struct Exception {
    /// Classes or `Class.test`; the whole module if there is none.
    tests: Vec<String>,
    pub(super) reason: String,
}

impl Exception {
    /// Whether all that went wrong is named. A module that fails without naming a test is not.
    pub(super) fn covers<'a>(&self, mut wrong: impl Iterator<Item = &'a String>) -> bool {
        let is_named = |wrong: &String| {
            self.tests.iter().any(|test| {
                wrong == test
                    || wrong
                        .strip_prefix(test.as_str())
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        };
        let first = wrong.next();
        self.tests.is_empty() || first.is_some_and(is_named) && wrong.all(is_named)
    }
}

/// What need not pass, by module.
pub(super) fn exceptions() -> anyhow::Result<BTreeMap<String, Exception>> {
    let exceptions = lines(EXCEPTIONS).map(|line| {
        let (names, reason) = line
            .split_once(": ")
            .with_context(|| format!("exceptions.txt: no reason in {line:?}"))?;
        let mut names = names.split_whitespace().map(str::to_owned);
        let module = names.next().unwrap_or_default();
        ensure!(
            module.starts_with("test_"),
            "exceptions.txt: {module:?} is no module"
        );
        let exception = Exception {
            tests: names.collect(),
            reason: reason.to_owned(),
        };
        Ok((module, exception))
    });
    exceptions.collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_what_it_names_and_no_more() {
        let exception = |tests: &[&str]| Exception {
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
            reason: String::new(),
        };
        let wrong = ["A.test_a", "B.test_b"].map(str::to_owned);
        assert!(exception(&[]).covers(wrong.iter()));
        assert!(exception(&["A", "B.test_b"]).covers(wrong.iter()));
        assert!(!exception(&["A"]).covers(wrong.iter()));
        assert!(!exception(&["A.test"]).covers(wrong[..1].iter()));
        // It died or did not end.
        assert!(!exception(&["A"]).covers([].iter()));
    }

    #[test]
    fn the_lists_can_be_read() {
        exceptions().unwrap();
        assert!(sample().len() > 10);
    }
}
