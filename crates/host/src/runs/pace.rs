//! How fast what programs print is read, so that a flood of output leaves the processors to others.
//!
//! A terminal has an allowance of its own, which a program that somebody reads never uses up. What is printed
//! beyond that is read as fast as all terminals together may, in turns; a program whose output is not read waits.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// What one terminal may print at once.
const AT_ONCE_BYTES: u64 = 256 << 10;
/// What one terminal may print a second, for long.
const OWN_BYTES_A_SECOND: u64 = 512 << 10;
/// What all terminals together may print a second beyond their own: about as much as one screen can show.
const SHARED_BYTES_A_SECOND: u64 = 8 << 20;

/// The turns of all terminals that print more than their allowance.
#[derive(Debug)]
pub(crate) struct Turns(Mutex<Instant>);

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// Takes the next turn, of so many bytes; returns when it is over.
    fn take(&self, bytes: u64, now: Instant) -> Instant {
        // Nothing panics while it is held.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (*last).max(now) + lasting(bytes, SHARED_BYTES_A_SECOND);
        *last
    }
}

/// The pace of one terminal.
#[derive(Debug)]
pub(super) struct Pace {
    allowance: u64,
    since: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            allowance: AT_ONCE_BYTES,
            since: now,
        }
    }

    /// Takes note that `bytes` were read; returns when more may be.
    pub(super) fn took(&mut self, bytes: u64, turns: &Turns, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.since).as_millis();
        let gained = u64::try_from(passed).unwrap_or(u64::MAX);
        let gained = gained.saturating_mul(OWN_BYTES_A_SECOND) / 1000;
        let allowance = self.allowance.saturating_add(gained).min(AT_ONCE_BYTES);
        self.allowance = allowance.saturating_sub(bytes);
        self.since = now;
        match bytes.saturating_sub(allowance) {
            0 => now,
            beyond => turns.take(beyond, now),
        }
    }
}

fn lasting(bytes: u64, a_second: u64) -> Duration {
    Duration::from_micros(bytes.saturating_mul(1_000_000) / a_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: u64 = 64 << 10;

    /// What terminals print in ten seconds that print all they can, each.
    fn printed(count: usize) -> Vec<u64> {
        let begin = Instant::now();
        let turns = Turns::new();
        let mut terminals: Vec<_> = (0..count).map(|_| (begin, 0, Pace::new(begin))).collect();
        while let Some((now, bytes, pace)) = terminals.iter_mut().min_by_key(|terminal| terminal.0)
            && *now < begin + Duration::from_secs(10)
        {
            *bytes += PIECE;
            *now = pace.took(PIECE, &turns, *now);
        }
        terminals.into_iter().map(|terminal| terminal.1).collect()
    }

    #[tokio::test]
    async fn floods_share_what_all_may_print_and_none_gets_more_than_another() {
        for count in [1, 2, 60] {
            let printed = printed(count);
            let fair = OWN_BYTES_A_SECOND + SHARED_BYTES_A_SECOND / count as u64;
            for bytes in printed {
                let (least, most) = (fair * 9, fair * 11 + AT_ONCE_BYTES + PIECE);
                assert!((least..=most).contains(&bytes), "{count}: {bytes}");
            }
        }
    }

    #[tokio::test]
    async fn whoever_prints_what_can_be_read_waits_for_no_flood() {
        let mut now = Instant::now();
        let turns = Turns::new();
        let (mut flood, mut reading) = (Pace::new(now), Pace::new(now));
        for _ in 0..100 {
            flood.took(16 * PIECE, &turns, now);
            assert_eq!(reading.took(PIECE / 2, &turns, now), now);
            now += Duration::from_millis(100);
        }
    }
}
