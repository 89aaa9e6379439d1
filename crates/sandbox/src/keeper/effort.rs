//! How much of its time the keeper spends on looks that a program can make dear: at what its processes share, have open and
//! have mapped.
//!
//! Those are taken one after the other, and one more only while all within one look at all programs have taken less than
//! [`AT_ONCE`]. One that takes longer than [`MOST`] is given up, and what it was to find counts as too much: no program that
//! means no harm is nearly as long to look at. At memory it may take as many times longer as there may be more of it. Counted
//! is processor time, so that nobody is worse off on a machine that has much to do.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What may be spent at one time before the keeper sees to all else.
const AT_ONCE: Duration = Duration::from_millis(50);
/// What one look may take.
const MOST: Duration = Duration::from_millis(250);
/// Memory of a program that is looked through in that time.
const USUAL_BYTES: u64 = 512 << 20;
/// What it may take before it counts towards the program's limit of processor time: most take less.
const FREE: Duration = Duration::from_millis(50);

/// What is spent within one look at all programs.
#[derive(Debug, Default)]
pub(super) struct Effort {
    spent: Duration,
    untold: Duration,
}

/// Tells a look when it has taken too long.
#[derive(Debug)]
pub(super) struct Patience {
    began: Duration,
    most: Duration,
}

impl Effort {
    /// Whether there is time for one more look.
    pub(super) fn is_left(&self) -> bool {
        self.spent < AT_ONCE
    }

    /// What was spent since this was asked last.
    pub(super) fn take_spent(&mut self) -> Duration {
        std::mem::take(&mut self.untold)
    }

    /// Does `look`, which may take so many times [`MOST`]; returns what it found, which is nothing when it gave up, and what
    /// that took.
    pub(super) fn spend<T>(
        &mut self,
        times: u32,
        look: impl FnOnce(&Patience) -> Option<T>,
    ) -> (Option<T>, Duration) {
        let began = processor_time();
        let most = MOST.saturating_mul(times);
        let found = look(&Patience { began, most });
        let took = processor_time().saturating_sub(began);
        self.spent += took;
        self.untold += took;
        (found, took)
    }
}

impl Patience {
    /// From now on, for so much processor time.
    pub(super) fn for_at_most(most: Duration) -> Self {
        Self {
            began: processor_time(),
            most,
        }
    }

    /// Gives a look up that has taken too long.
    pub(super) fn go_on(&self) -> Option<()> {
        (processor_time().saturating_sub(self.began) < self.most).then_some(())
    }
}

/// How many times [`MOST`] a look at so much memory may take.
pub(super) fn times_for(memory_bytes: u64) -> u32 {
    u32::try_from(memory_bytes.div_ceil(USUAL_BYTES)).unwrap_or(u32::MAX)
}

/// What a look that took so long counts towards the program's limit of processor time.
pub(super) fn charge(took: Duration) -> Duration {
    took.saturating_sub(FREE)
}

/// What this thread has used.
fn processor_time() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    // It never fails, and never goes below zero.
    Duration::try_from(used).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(patience: &Patience, most: Duration) -> Option<()> {
        while processor_time().saturating_sub(patience.began) < most {
            patience.go_on()?;
        }
        Some(())
    }

    #[test]
    fn looks_end_when_enough_was_spent_and_one_that_takes_too_long_is_given_up() {
        let mut effort = Effort::default();
        assert_eq!(effort.spend(1, |_| Some(1)).0, Some(1));
        assert!(effort.is_left());
        let (found, took) = effort.spend(1, |patience| work(patience, AT_ONCE));
        assert!(found.is_some() && took >= AT_ONCE);
        assert!(!effort.is_left());
        let (found, took) = effort.spend(1, |patience| work(patience, 2 * MOST));
        assert!(found.is_none() && took >= MOST);
        let (found, _) = effort.spend(times_for(3 * USUAL_BYTES), |patience| {
            work(patience, 2 * MOST)
        });
        assert!(found.is_some());
    }
}
