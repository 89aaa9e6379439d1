//! What a neighbour may wait beside a flood, and the median of several runs.

use clap::ValueEnum;
use serde::Serialize;

/// Where the product runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Where {
    /// As root with namespaces, on a machine of its own.
    Namespaces,
    /// As root in a container such as Fargate's: no namespaces, no autogroup.
    Container,
}

impl Where {
    /// The longest p95 beside a flood that meets the target, in milliseconds.
    pub(crate) fn allowed(self, quiet_p95: f64) -> f64 {
        let (factor, more) = match self {
            Self::Namespaces => (2.0, 30.0),
            Self::Container => (3.0, 60.0),
        };
        f64::max(factor * quiet_p95, quiet_p95 + more)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Container => "container",
        }
    }
}

/// The middle value; the upper one of two. Not a number where there are no values.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: f64, expected: f64) {
        assert!((what - expected).abs() < 1e-9, "{what} and not {expected}");
    }

    #[test]
    fn a_short_wait_may_grow_by_a_fixed_time() {
        check(Where::Namespaces.allowed(8.0), 38.0);
        check(Where::Container.allowed(8.0), 68.0);
    }

    #[test]
    fn a_long_wait_may_grow_by_a_factor() {
        check(Where::Namespaces.allowed(50.0), 100.0);
        check(Where::Container.allowed(50.0), 150.0);
        // Both rules allow the same.
        check(Where::Namespaces.allowed(30.0), 60.0);
        check(Where::Container.allowed(30.0), 90.0);
    }

    #[test]
    fn the_median_of_three_ignores_one_outlier() {
        check(median([9000.0, 7.0, 5.0]), 7.0);
        check(median([3.0]), 3.0);
        check(median([4.0, 2.0]), 4.0);
        assert!(median([]).is_nan());
    }
}
