//! What became of it all: a table, and whether it is what is required.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::json;

use super::{
    books::{Act, Books, Trouble, Wrong},
    faults::{Fault, Happened},
};
use crate::process::tell;

/// All must be as before by then.
const RECOVERS_WITHIN: Duration = Duration::from_secs(5);
/// Nobody may be without a server for longer while everything is replaced.
const RECONNECTS_WITHIN: Duration = Duration::from_secs(2);

/// One fault.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Struck {
    fault: Fault,
    /// From its end to the end of the last trouble.
    recovered_s: f64,
    /// What that was.
    last: Option<Last>,
    /// From its end until everybody was seen to be served.
    calm_s: f64,
    /// Requests to save that were refused or cut off, and tried again.
    failed_saves: u32,
    /// Why, the first time.
    save_failed: Option<String>,
    /// The longest way from a lost connection to the next.
    reconnected_s: f64,
}

/// The last trouble of a fault.
#[derive(Debug, Clone, Serialize)]
struct Last {
    student: usize,
    act: Act,
    /// After the end of the fault; before it if negative.
    began_s: f64,
    failures: u32,
    /// Why it failed the last time.
    why: String,
}

impl Last {
    fn of(trouble: &Trouble, over: Instant) -> Self {
        let Trouble {
            student,
            act,
            began,
            failures,
            ..
        } = *trouble;
        let after = began.saturating_duration_since(over).as_secs_f64();
        let before = over.saturating_duration_since(began).as_secs_f64();
        Self {
            student,
            act,
            began_s: after - before,
            failures,
            why: trouble.why.clone(),
        }
    }
}

impl Struck {
    pub(super) fn of(happened: Happened, calm: Duration, troubles: &[Trouble]) -> Self {
        let late = troubles
            .iter()
            .filter(|one| one.is_felt() && one.ended > happened.over);
        let last = late.max_by_key(|one| one.ended);
        let recovered = last.map(|one| one.ended - happened.over);
        let of_act = |act| troubles.iter().filter(move |one| one.act == act);
        let failed_saves = of_act(Act::Save).map(|one| one.failures).sum();
        let reconnected = of_act(Act::Connect).map(|one| one.ended - one.began).max();
        Self {
            fault: happened.fault,
            recovered_s: recovered.unwrap_or_default().as_secs_f64(),
            last: last.map(|one| Last::of(one, happened.over)),
            calm_s: calm.as_secs_f64(),
            failed_saves,
            save_failed: of_act(Act::Save)
                .find(|one| one.failures > 0)
                .map(|one| one.why.clone()),
            reconnected_s: reconnected.unwrap_or_default().as_secs_f64(),
        }
    }

    fn is_good(&self) -> bool {
        let replaces = self.fault == Fault::Replacement;
        let unnoticed =
            self.failed_saves == 0 && self.reconnected_s <= RECONNECTS_WITHIN.as_secs_f64();
        self.recovered_s <= RECOVERS_WITHIN.as_secs_f64() && (!replaces || unnoticed)
    }
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            fault,
            recovered_s,
            failed_saves,
            reconnected_s,
            ..
        } = self;
        let last = self.last.as_ref().map(|last| format!(" ({:?})", last.act));
        let last = last.unwrap_or_default();
        let mark = if self.is_good() {
            ""
        } else {
            "   <-- not as required"
        };
        write!(
            f,
            "{:<38} as before after {recovered_s:4.1} s{last}; {failed_saves} tries to save failed; \
             reconnected within {reconnected_s:.1} s{mark}",
            fault.name()
        )?;
        if self.is_good() {
            return Ok(());
        }
        if let Some(last) = &self.last {
            write!(f, "\n           the last trouble: {last:?}")?;
        }
        match &self.save_failed {
            Some(why) => write!(f, "\n           a save failed first: {why}"),
            None => Ok(()),
        }
    }
}

/// Everything.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) seed: u64,
    pub(super) students: usize,
    pub(super) struck: Vec<Struck>,
    pub(super) books: Arc<Books>,
}

impl Report {
    /// Whether all of it is what is required.
    pub(super) fn is_good(&self) -> bool {
        self.lost_nothing() && self.struck.iter().all(Struck::is_good)
    }

    /// Whether nothing happened that must never happen, however long it took.
    pub(super) fn lost_nothing(&self) -> bool {
        Wrong::ALL
            .iter()
            .all(|(wrong, _)| self.books.wrongs(*wrong).0 == 0)
    }

    pub(super) fn tell(&self, json: bool) {
        if json {
            let wrongs = Wrong::ALL.map(|(wrong, _)| {
                let (times, some) = self.books.wrongs(wrong);
                json!({ "wrong": wrong, "times": times, "some": some })
            });
            tell(json!({
                "seed": self.seed,
                "students": self.students,
                "counts": self.books.counts(),
                "wrongs": wrongs,
                "faults": self.struck,
                "good": self.is_good(),
            }));
            return;
        }
        let counts = self.books.counts();
        tell(format_args!(
            "\n{} students saved {} times (refused on a full disk: {}), read {}, ran {} programs, typed {} lines, \
             read {} bytes of output over {} connections; {} programs ended with their hosts. Seed {}.\n",
            self.students,
            counts.saves,
            counts.saves_refused,
            counts.reads,
            counts.programs,
            counts.lines_typed,
            counts.output_bytes,
            counts.connections,
            counts.programs_ended_with_host,
            self.seed
        ));
        tell("| what happened | times | as before after, median | at most | required |");
        tell("|---|---|---|---|---|");
        for fault in Fault::ALL {
            self.tell_fault(fault);
        }
        tell("\n| what must never be | times |\n|---|---|");
        for (wrong, name) in Wrong::ALL {
            let (times, some) = self.books.wrongs(wrong);
            tell(format_args!("| {name} | {times} |"));
            for one in some {
                tell(format_args!("    {one}"));
            }
        }
    }

    fn tell_fault(&self, fault: Fault) {
        let these: Vec<&Struck> = self
            .struck
            .iter()
            .filter(|one| one.fault == fault)
            .collect();
        let mut recovered: Vec<f64> = these.iter().map(|one| one.recovered_s).collect();
        recovered.sort_by(f64::total_cmp);
        let Some(most) = recovered.last() else { return };
        tell(format_args!(
            "| {} | {} | {:.1} s | {most:.1} s | {:.0} s |",
            fault.name(),
            these.len(),
            recovered[recovered.len() / 2],
            RECOVERS_WITHIN.as_secs_f64()
        ));
        if fault == Fault::Replacement {
            let failed: u32 = these.iter().map(|one| one.failed_saves).sum();
            let reconnected = these.iter().map(|one| one.reconnected_s);
            let reconnected = reconnected.fold(0.0, f64::max);
            tell(format_args!(
                "| … tries to save that failed meanwhile | | | {failed} | 0 |"
            ));
            tell(format_args!(
                "| … longest time without a server | | | {reconnected:.1} s | {:.0} s |",
                RECONNECTS_WITHIN.as_secs_f64()
            ));
        }
    }
}
