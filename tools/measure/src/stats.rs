//! Figures of what was measured several times.

use std::time::Duration;

use serde::Serialize;

/// What was measured, in the order of measuring.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

/// The middle and the slow end of some samples.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    /// Half of the samples exceed it.
    pub p50: f64,
    /// One sample in twenty exceeds it.
    pub p95: f64,
    /// How many samples there are.
    pub count: usize,
}

impl Samples {
    /// Adds a sample.
    pub fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// Adds a time, in milliseconds.
    pub fn push_time(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// Percentiles of all samples.
    pub fn figures(&self) -> Figures {
        Figures {
            p50: self.percentile(50),
            p95: self.percentile(95),
            count: self.0.len(),
        }
    }

    /// The smallest sample that so many percent of them do not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
    }
}

impl Figures {
    /// Something that was measured once.
    pub fn one(value: f64) -> Self {
        Self {
            p50: value,
            p95: value,
            count: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples = Samples((1..=20).rev().map(f64::from).collect());
        let figures = samples.figures();
        assert_eq!((figures.p50, figures.p95, figures.count), (10.0, 19.0, 20));
        assert_eq!(
            Samples(vec![3.0]).figures().p95.total_cmp(&3.0),
            std::cmp::Ordering::Equal
        );
    }
}
