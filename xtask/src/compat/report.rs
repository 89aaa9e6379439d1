//! What came of the modules, with us and without.

use std::{
    fmt::{self, Display},
    time::Duration,
};

use serde::Serialize;
use serde_json::json;

use super::outcome::{Ran, Verdict};
use crate::process::tell;

/// One module, without us and in a student's program.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    pub(super) module: String,
    pub(super) bare: Ran,
    /// Only what passes without us is tried.
    pub(super) ours: Option<Ran>,
    /// Why it need not pass, if that covers all that went wrong.
    pub(super) exception: Option<String>,
    /// Whether there is an exception of any kind for it.
    pub(super) is_listed: bool,
}

impl Compared {
    fn passes_here(&self) -> bool {
        self.ours
            .as_ref()
            .is_some_and(|ours| ours.verdict == Verdict::Passed)
    }

    fn differs(&self) -> bool {
        self.bare.verdict == Verdict::Passed && !self.passes_here()
    }

    /// Whether it should have passed here.
    pub(super) fn is_wrong(&self) -> bool {
        self.differs() && self.exception.is_none()
    }

    /// How many of its tests do not run here that do without us.
    fn more_skipped(&self) -> u32 {
        let ours = self.ours.as_ref().map_or(0, |ours| ours.skipped);
        ours.saturating_sub(self.bare.skipped)
    }
}

impl Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_wrong() {
            "DIFFERS"
        } else if self.differs() {
            "excused"
        } else {
            "same"
        };
        write!(
            f,
            "{:<32} {verdict:<8} {:>6.1} s",
            self.module, self.bare.seconds
        )?;
        match &self.ours {
            Some(ours) => write!(f, " {:>6.1} s  {ours}", ours.seconds)?,
            None => write!(f, "           without us: {}", self.bare)?,
        }
        if self.passes_here() && self.more_skipped() > 0 {
            write!(f, ", {} more tests skipped", self.more_skipped())?;
        }
        Ok(())
    }
}

/// Prints the counts, and all that differs.
pub(super) fn tell_all(all: &[Compared], not_begun: &[String], took: Duration, is_json: bool) {
    if is_json {
        tell(json!({ "modules": all, "not_begun": not_begun, "seconds": took.as_secs() }));
        return;
    }
    let names = |wanted: &dyn Fn(&&Compared) -> bool| {
        let names = all.iter().filter(wanted).map(|one| one.module.as_str());
        names.collect::<Vec<_>>()
    };
    let bare = |verdict: Verdict| names(&|one| one.bare.verdict == verdict);
    let passed = bare(Verdict::Passed).len();
    let others = names(&|one| !matches!(one.bare.verdict, Verdict::Passed | Verdict::Skipped));
    tell(format_args!(
        "\n{} modules in {} min: {passed} pass in a terminal, and {} of these in a program.",
        all.len(),
        took.as_secs().div_ceil(60),
        names(&|one| one.passes_here()).len(),
    ));
    let tell_names = |what: &str, names: &[&str]| {
        if !names.is_empty() {
            tell(format_args!(
                "{what} ({}): {}",
                names.len(),
                names.join(" ")
            ));
        }
    };
    tell_names("Skipped in a terminal too", &bare(Verdict::Skipped));
    tell_names("Failed in a terminal too", &others);
    let is_needless = |one: &&Compared| one.is_listed && one.passes_here();
    tell_names("Excused and passed all the same", &names(&is_needless));
    let not_begun: Vec<_> = not_begun.iter().map(String::as_str).collect();
    tell_names("Not begun in time", &not_begun);
    for one in all.iter().filter(|one| one.differs()) {
        tell(format_args!("\n{one}"));
        if let Some(reason) = &one.exception {
            tell(format_args!("  excused: {reason}"));
        } else if let Some(ours) = &one.ours {
            for (test, last) in &ours.wrong {
                tell(format_args!("  {test}: {last}"));
            }
            if ours.wrong.is_empty() {
                let last = ours.last.lines().map(|line| format!("  | {line}"));
                tell(last.collect::<Vec<_>>().join("\n"));
            }
        }
    }
}
