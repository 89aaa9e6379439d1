//! Exact measurements of whole programs. They are dear, so only those are measured whose quick figure is over a limit:
//! it counts what processes of one program share as often as there are processes.

use std::time::{Duration, Instant};

use super::effort::{Effort, Patience};

/// Between two measurements of a program that has not grown much.
const EVERY: Duration = Duration::from_millis(200);
/// And of one that seems not to have changed: little may have in less than a tick of its processor time.
const UNCHANGED_EVERY: Duration = Duration::from_secs(2);
/// The part of its time for which a program can have the keeper measure it, as its reciprocal.
const PART: u32 = 4;

/// The measurements of one program and one limit.
#[derive(Debug)]
pub(super) struct Exact {
    /// How many times longer one may take than others.
    times: u32,
    last: Option<Last>,
}

/// What is known of a program without a measurement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quick {
    pub(super) at: Instant,
    pub(super) bytes: u64,
    /// Its processor time: without any, next to nothing changes.
    pub(super) cpu_ms: u64,
}

#[derive(Debug)]
struct Last {
    took: Duration,
    quick: Quick,
}

/// What a measurement has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    Bytes(u64),
    /// It was given up: the program is too long to look at.
    TooLong,
}

impl Measured {
    /// What cannot be measured is more than anything.
    pub(super) fn is_more_than(self, limit_bytes: u64) -> bool {
        match self {
            Self::Bytes(bytes) => bytes > limit_bytes,
            Self::TooLong => true,
        }
    }
}

impl Exact {
    pub(super) fn new(times: u32) -> Self {
        Self { times, last: None }
    }

    /// When it was measured last.
    pub(super) fn at(&self) -> Option<Instant> {
        self.last.as_ref().map(|last| last.quick.at)
    }

    /// What `measure` finds now; `None` where the quick figure is within the limit, nothing has changed,
    /// or it was measured a moment ago.
    pub(super) fn measure(
        &mut self,
        quick: Quick,
        limit_bytes: u64,
        effort: &mut Effort,
        measure: impl FnOnce(&Patience) -> Option<u64>,
    ) -> Option<Measured> {
        if quick.bytes <= limit_bytes || !effort.is_left() {
            return None;
        }
        if let Some(Last { took, quick: last }) = &self.last {
            let has_grown = quick.bytes > last.bytes.saturating_add(limit_bytes / 8);
            let pause = if has_grown {
                Duration::ZERO
            } else if (quick.bytes, quick.cpu_ms) == (last.bytes, last.cpu_ms) {
                UNCHANGED_EVERY
            } else {
                EVERY
            };
            if quick.at.saturating_duration_since(last.at) < pause.max(*took * PART) {
                return None;
            }
        }
        let (found, took) = effort.spend(self.times, measure);
        self.last = Some(Last { took, quick });
        Some(found.map_or(Measured::TooLong, Measured::Bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Measuring {
        exact: Exact,
        start: Instant,
    }

    impl Measuring {
        fn new() -> Self {
            Self {
                exact: Exact::new(1),
                start: Instant::now(),
            }
        }

        /// Whether a program is measured after so long that seems to have so much and has used so much, where it may have
        /// 800 bytes.
        fn is_measured(&mut self, after: Duration, bytes: u64, cpu_ms: u64) -> bool {
            let at = self.start + after;
            let quick = Quick { at, bytes, cpu_ms };
            let mut effort = Effort::default();
            let measured = self.exact.measure(quick, 800, &mut effort, |_| Some(700));
            measured.is_some()
        }
    }

    const SOON: Duration = Duration::from_millis(50);

    #[test]
    fn a_program_is_measured_when_it_is_over_a_limit_and_soon_again_when_it_has_grown() {
        let mut measuring = Measuring::new();
        assert!(!measuring.is_measured(SOON, 800, 0));
        assert!(measuring.is_measured(SOON, 801, 0));
        assert!(!measuring.is_measured(2 * SOON, 901, 1));
        assert!(measuring.is_measured(2 * SOON, 902, 1));
        assert!(measuring.is_measured(2 * SOON + EVERY, 901, 2));
    }

    #[test]
    fn a_program_that_has_not_worked_since_is_measured_again_much_later() {
        let mut measuring = Measuring::new();
        assert!(measuring.is_measured(SOON, 900, 1));
        assert!(!measuring.is_measured(SOON + EVERY, 900, 1));
        assert!(measuring.is_measured(SOON + EVERY, 900, 2));
        assert!(!measuring.is_measured(SOON + 2 * EVERY, 900, 2));
        assert!(measuring.is_measured(SOON + EVERY + UNCHANGED_EVERY, 900, 2));
    }

    #[test]
    fn one_that_is_too_long_to_look_at_is_more_than_any_limit() {
        let quick = Quick {
            at: Instant::now(),
            bytes: 900,
            cpu_ms: 0,
        };
        let measured = Exact::new(1).measure(quick, 800, &mut Effort::default(), |_| None);
        assert!(measured.unwrap().is_more_than(u64::MAX));
    }
}
