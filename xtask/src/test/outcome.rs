//! The outcome of each test of a run, read from the JUnit report that nextest and vitest write.

use std::path::Path;

use anyhow::Context;
use roxmltree::{Document, Node};

/// One run of one test; a test that was skipped has none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) test: Test,
    pub(super) seconds: f64,
    /// What a failed test printed.
    pub(super) failure: Option<String>,
}

/// A test as its runner names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test {
    /// The test binary's id (nextest) or the test file (vitest).
    pub(super) file: String,
    pub(super) name: String,
}

impl Test {
    /// Returns whether a failure counts at once: a second try would hide a race in a promise of the product.
    pub(super) fn is_never_retried(&self) -> bool {
        const SUBJECTS: [&str; 11] = [
            "cluster",
            "confinement",
            "endings",
            "floods",
            "limits",
            "machines",
            "modes",
            "persistence",
            "rights",
            "survival",
            "versions",
        ];
        const BINARIES: [&str; 3] = ["pythonide-host", "pythonide-sandbox", "pythonide-store::it"];
        let module = self.name.split("::").next().unwrap_or_default();
        let is_of_product = self.file == "pythonide::it" && SUBJECTS.contains(&module);
        is_of_product
            || BINARIES.contains(&self.file.as_str())
            || self.file.ends_with("saving.test.ts")
    }
}

impl std::fmt::Display for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.file, self.name)
    }
}

/// Reads a JUnit report.
pub(super) fn read(report: &Path) -> anyhow::Result<Vec<Outcome>> {
    let text = std::fs::read_to_string(report)
        .with_context(|| format!("could not read {}", report.display()))?;
    parse(&text).with_context(|| format!("{} is not a JUnit report", report.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<Outcome>> {
    let document = Document::parse(text)?;
    let was_run = |case: &Node<'_, '_>| !case.children().any(|node| node.has_tag_name("skipped"));
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase") && was_run(node));
    cases.map(outcome).collect()
}

fn outcome(case: Node<'_, '_>) -> anyhow::Result<Outcome> {
    let attribute = |name| {
        case.attribute(name)
            .with_context(|| format!("a test case has no {name:?}"))
    };
    let failed = |node: &Node<'_, '_>| node.has_tag_name("failure") || node.has_tag_name("error");
    let failure = case.children().find(failed).map(|failure| {
        // The panic's message stands in the output, vitest's in the element itself.
        let output = case.children().filter(|node| {
            node.has_tag_name("system-err") || node.has_tag_name("system-out") || failed(node)
        });
        let parts = output.filter_map(|node| node.text()).map(str::trim);
        let text = parts.collect::<Vec<_>>().join("\n");
        let message = failure.attribute("message").unwrap_or_default();
        if text.contains(message) {
            text
        } else {
            format!("{message}\n{text}")
        }
    });
    Ok(Outcome {
        test: Test {
            file: attribute("classname")?.to_owned(),
            name: attribute("name")?.to_owned(),
        },
        seconds: attribute("time")?.parse()?,
        failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_with_its_failures() {
        let outcomes = parse(
            r#"<testsuites><testsuite name="pythonide::it">
                 <testcase name="files::kept" classname="pythonide::it" time="1.5"/>
                 <testcase name="rights::closed" classname="pythonide::it" time="0.25">
                   <failure message="test failed" type="test failure"/>
                   <system-err>assertion failed: 1 == 2</system-err>
                 </testcase>
                 <testcase name="files::skipped" classname="pythonide::it" time="0"><skipped/></testcase>
               </testsuite></testsuites>"#,
        )
        .unwrap();
        let [kept, closed] = &outcomes[..] else {
            panic!("{outcomes:?}");
        };
        assert_eq!((kept.seconds, &kept.failure), (1.5, &None));
        let failure = closed.failure.as_deref().unwrap();
        assert!(failure.contains("test failed") && failure.contains("1 == 2"));
        assert!(closed.test.is_never_retried() && !kept.test.is_never_retried());
    }
}
