//! The one door to the time of day.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time: the machine's, or one that a test moves by hand.
///
/// Clones of a manual clock are the same clock. Times have whole microseconds, as that is what PostgreSQL keeps: a time
/// that was stored and read back equals the one that was asked for.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    /// Microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Returns the machine's clock.
    pub const fn system() -> Self {
        Self(Kind::System)
    }

    /// Returns a clock that stands at `start` until `advance` moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Kind::Manual(Arc::new(AtomicI64::new(
            start.timestamp_micros(),
        ))))
    }

    /// Returns the time, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::System => system_time().trunc_subsecs(6),
            Kind::Manual(micros) => DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst))
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }

    /// Moves a manual clock, and every clone of it, forward (or back, by a negative span).
    ///
    /// # Panics
    ///
    /// Panics on the machine's clock, which nobody may move, and on a span of more than 292,000 years.
    pub fn advance(&self, by: TimeDelta) {
        let Kind::Manual(micros) = &self.0 else {
            panic!("only a manual clock can be moved");
        };
        let by = by
            .num_microseconds()
            .expect("a span of time that fits a clock");
        micros.fetch_add(by, Ordering::SeqCst);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that everybody else goes through"
)]
fn system_time() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_still_until_it_is_moved() {
        let start = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
        let clock = Clock::manual(start);
        let clone = clock.clone();
        assert_eq!(clock.now(), start.trunc_subsecs(6));
        clone.advance(TimeDelta::hours(2));
        assert_eq!(clock.now(), start.trunc_subsecs(6) + TimeDelta::hours(2));
    }

    #[test]
    fn the_machines_clock_tells_whole_microseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    #[should_panic(expected = "only a manual clock can be moved")]
    fn the_machines_clock_cannot_be_moved() {
        Clock::system().advance(TimeDelta::seconds(1));
    }
}
