//! What is counted while the cluster is under fire.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;

/// What takes longer has been in trouble.
const QUICK: Duration = Duration::from_secs(1);
/// Of each kind of wrong so many are told.
const MOST_TOLD: usize = 20;

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wrong {
    /// A save that was acknowledged is not there.
    SaveLost,
    /// A file is no text that was ever saved.
    SaveTorn,
    /// Somebody was signed out.
    SessionLost,
    /// A program ended whose host lived.
    ProgramInterrupted,
    /// Output came twice, or not at all.
    OutputBroken,
    /// A request was answered by an internal error.
    InternalError,
    /// Something was tried again and again, and never worked.
    NeverAgain,
}

impl Wrong {
    pub(super) const ALL: [(Self, &'static str); 7] = [
        (Self::SaveLost, "acknowledged saves lost"),
        (Self::SaveTorn, "saves torn"),
        (Self::SessionLost, "sessions lost"),
        (
            Self::ProgramInterrupted,
            "programs of living hosts interrupted",
        ),
        (Self::OutputBroken, "outputs with bytes missing or doubled"),
        (
            Self::InternalError,
            "requests answered by an internal error",
        ),
        (Self::NeverAgain, "requests that never worked again"),
    ];
}

/// What a student does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    Save,
    Read,
    /// From a lost connection to the next one.
    Connect,
    /// From a program's start to its first output, or from what was typed to the answer.
    Talk,
}

/// Something that failed at first or took long; a new connection also if it came at once.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) student: usize,
    pub(super) act: Act,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// How often it was refused or cut off.
    pub(super) failures: u32,
    /// Why the last time.
    pub(super) why: String,
}

impl Trouble {
    /// Whether anybody would have noticed.
    pub(super) fn is_felt(&self) -> bool {
        self.failures > 0 || self.ended - self.began > QUICK
    }
}

/// Something that is being done.
#[derive(Debug)]
struct Open {
    student: usize,
    act: Act,
    began: Instant,
    failures: u32,
    /// Of the last one.
    why: String,
}

/// What went well.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(super) struct Counts {
    pub(super) saves: u64,
    /// Refused because the disk was full.
    pub(super) saves_refused: u64,
    pub(super) reads: u64,
    pub(super) programs: u64,
    /// Ended because their host did.
    pub(super) programs_ended_with_host: u64,
    pub(super) lines_typed: u64,
    pub(super) output_bytes: u64,
    pub(super) connections: u64,
}

/// The books, which all write in.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    counts: Counts,
    wrongs: BTreeMap<Wrong, Vec<String>>,
    troubles: Vec<Trouble>,
    /// What is being done.
    open: BTreeMap<u64, Open>,
    next: u64,
    /// When each student last had success, by number and kind.
    successes: BTreeMap<(usize, bool), Instant>,
}

impl Books {
    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock().counts);
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    pub(super) fn wrong(&self, wrong: Wrong, what: String) {
        self.lock().wrongs.entry(wrong).or_default().push(what);
    }

    /// How often something went wrong, and some of it.
    pub(super) fn wrongs(&self, wrong: Wrong) -> (usize, Vec<String>) {
        let pages = self.lock();
        let all = pages.wrongs.get(&wrong);
        let some = all.into_iter().flatten().take(MOST_TOLD).cloned();
        (all.map_or(0, Vec::len), some.collect())
    }

    /// Somebody begins something.
    pub(super) fn begin(&self, act: Act, student: usize) -> Doing<'_> {
        let began = Instant::now();
        let mut pages = self.lock();
        let number = pages.next;
        pages.next += 1;
        let open = Open {
            student,
            act,
            began,
            failures: 0,
            why: String::new(),
        };
        pages.open.insert(number, open);
        drop(pages);
        Doing {
            books: self,
            number,
            began,
            failures: 0,
        }
    }

    /// Whether all students have had success since, with their files and with their programs, and nothing is in trouble.
    pub(super) fn is_calm_since(&self, since: Instant, students: usize) -> bool {
        let pages = self.lock();
        let recent = pages.successes.values().filter(|at| **at > since);
        recent.count() == 2 * students
            && pages
                .open
                .values()
                .all(|open| open.failures == 0 && open.began.elapsed() < QUICK)
    }

    /// Who had no success since a moment, and what is in trouble.
    pub(super) fn in_trouble(&self, since: Instant, students: usize) -> String {
        let pages = self.lock();
        let has = |key| pages.successes.get(&key).is_some_and(|at| *at > since);
        let without: Vec<_> = (0..students)
            .flat_map(|student| [(student, false), (student, true)])
            .filter(|key| !has(*key))
            .map(|(student, is_program)| {
                let what = if is_program { "program" } else { "files" };
                format!("s{student}'s {what}")
            })
            .collect();
        let open = pages.open.values();
        let open = open.filter(|open| open.failures > 0 || open.began.elapsed() > QUICK);
        let open: Vec<_> = open.take(MOST_TOLD).collect();
        format!("not served: {without:?}; in trouble: {open:?}")
    }

    /// What was in trouble after a moment.
    pub(super) fn troubles_since(&self, since: Instant) -> Vec<Trouble> {
        let pages = self.lock();
        let late = pages
            .troubles
            .iter()
            .filter(|trouble| trouble.ended > since);
        late.cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that is being done, until it is dropped.
#[derive(Debug)]
pub(super) struct Doing<'a> {
    books: &'a Books,
    number: u64,
    began: Instant,
    failures: u32,
}

impl Doing<'_> {
    /// It was refused or cut off, and is tried again.
    pub(super) fn failed(&mut self, why: &str) {
        self.failures += 1;
        if let Some(open) = self.books.lock().open.get_mut(&self.number) {
            open.failures = self.failures;
            why.clone_into(&mut open.why);
        }
    }

    /// How often that was.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn lasts(&self) -> Duration {
        self.began.elapsed()
    }

    /// It worked.
    pub(super) fn done(self) {
        let mut pages = self.books.lock();
        let Some(open) = pages.open.remove(&self.number) else {
            return;
        };
        let ended = Instant::now();
        let is_program = matches!(open.act, Act::Connect | Act::Talk);
        pages.successes.insert((open.student, is_program), ended);
        let trouble = Trouble {
            student: open.student,
            act: open.act,
            began: open.began,
            ended,
            failures: open.failures,
            why: open.why,
        };
        if trouble.is_felt() || trouble.act == Act::Connect {
            pages.troubles.push(trouble);
        }
    }
}

impl Drop for Doing<'_> {
    fn drop(&mut self) {
        self.books.lock().open.remove(&self.number);
    }
}
