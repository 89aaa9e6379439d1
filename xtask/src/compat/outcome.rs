//! What CPython's own test runner says at the end of one module.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    time::Duration,
};

use serde::Serialize;

/// What came of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Passed,
    /// Nothing of it means anything here.
    Skipped,
    Failed,
    /// It had not ended in time.
    TimedOut,
    /// It ended before the runner said anything.
    Died(String),
}

/// One module, run once.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ran {
    pub(super) verdict: Verdict,
    pub(super) seconds: f64,
    /// Tests in it that did not run here.
    pub(super) skipped: u32,
    /// Those that failed, as `Class.test`, and the last line of each one's traceback.
    pub(super) wrong: BTreeMap<String, String>,
    /// The last words, where it did not pass.
    pub(super) last: String,
}

impl Ran {
    /// Reads what a module printed; `end` says how the program ended.
    pub(super) fn read(output: &str, end: &str, took: Duration) -> Self {
        let says = |words: &str| output.lines().any(|line| line.trim_end() == words);
        let verdict = if says("1 test OK.") || says("1 test altered the execution environment:") {
            Verdict::Passed
        } else if says("1 test skipped:") || says("1 test run no tests:") {
            Verdict::Skipped
        } else if says("1 test failed:") {
            Verdict::Failed
        } else {
            Verdict::Died(end.to_owned())
        };
        let skipped = output
            .lines()
            .filter_map(|line| line.split_once("skipped=")?.1.split([',', ')']).next());
        Self {
            wrong: wrong(output),
            skipped: skipped.filter_map(|count| count.parse::<u32>().ok()).sum(),
            last: if verdict == Verdict::Passed {
                String::new()
            } else {
                last(output)
            },
            verdict,
            seconds: took.as_secs_f64(),
        }
    }

    pub(super) fn timed_out(output: &str, took: Duration) -> Self {
        Self {
            verdict: Verdict::TimedOut,
            ..Self::read(output, "", took)
        }
    }
}

impl Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Passed => write!(f, "passed")?,
            Verdict::Skipped => write!(f, "skipped")?,
            Verdict::Failed => write!(f, "failed")?,
            Verdict::TimedOut => write!(f, "timed out")?,
            Verdict::Died(end) => write!(f, "died ({end})")?,
        }
        if !self.wrong.is_empty() {
            let names: Vec<_> = self.wrong.keys().map(String::as_str).collect();
            write!(f, ": {}", names.join(" "))?;
        }
        Ok(())
    }
}

/// The tests that the runner tells about between its double lines.
fn wrong(output: &str) -> BTreeMap<String, String> {
    let mut wrong = BTreeMap::new();
    let mut lines = output.lines().peekable();
    while let Some(line) = lines.next() {
        let told = line
            .strip_prefix("FAIL: ")
            .or_else(|| line.strip_prefix("ERROR: "));
        let Some(test) = told.and_then(name) else {
            continue;
        };
        // A description of the test may stand between.
        let _ = lines.by_ref().find(|line| line.starts_with("-----"));
        let mut last = "";
        while let Some(line) = lines.next_if(|line| !line.starts_with(['=', '-'])) {
            if !line.trim().is_empty() {
                last = line;
            }
        }
        wrong.insert(test, last.trim().to_owned());
    }
    wrong
}

/// `Class.test` of `test (package.module.Class.test)`, or of `setUpClass (package.module.Class)`.
fn name(told: &str) -> Option<String> {
    let (test, place) = told.split_once(" (")?;
    let place = place.split_once(')')?.0;
    let (class, last) = place.rsplit_once('.')?;
    Some(if last == test {
        let class = class.rsplit('.').next().unwrap_or(class);
        format!("{class}.{test}")
    } else {
        format!("{last}.{test}")
    })
}

/// The last lines that say something.
fn last(output: &str) -> String {
    let lines = output.lines().map(str::trim_end);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(12);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_last_words_are_understood() {
        let read = |output: &str| Ran::read(output, "error", Duration::from_secs(1));
        let passed = read("Ran 168 tests in 0.7s\n\nOK (skipped=3)\n\n1 test OK.\n");
        assert_eq!((passed.verdict, passed.skipped), (Verdict::Passed, 3));
        let failed = read(
            "FAIL: test_a (test.test_os.X.test_a) (a=1)\nSays what it does.\n-----\nTraceback\n  line\nOSError: no\n\n\
             =====\nERROR: setUpClass (test.test_os.Y)\n-----\nTraceback\nKeyError: 1\n\n-----\nRan 2 tests\n\n\
             1 test failed:\n    test_os\n",
        );
        assert_eq!(failed.verdict, Verdict::Failed);
        let wrong: Vec<_> = failed.wrong.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            wrong,
            [("X.test_a", "OSError: no"), ("Y.setUpClass", "KeyError: 1")]
        );
        assert_eq!(
            read("1 test skipped:\n    test_x\n").verdict,
            Verdict::Skipped
        );
        assert_eq!(
            read("Segmentation fault").verdict,
            Verdict::Died("error".to_owned())
        );
    }
}
