//! What was measured, beside what it should be: as a table, as Markdown, as JSON.

use std::fmt::{self, Display};

use pythonide_measure::{
    stats::Figures,
    table::{self, short},
};
use serde::Serialize;

/// One thing measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) what: String,
    /// `ms`, `MB`, `/s`.
    pub(crate) unit: &'static str,
    pub(crate) ours: Figures,
    /// The other side, and which it is.
    pub(crate) theirs: Option<(String, Figures)>,
    /// Ours by theirs.
    pub(crate) ratio: Option<f64>,
    pub(crate) target: Option<Target>,
    /// Whether the target is met, where there is one.
    pub(crate) is_met: Option<bool>,
}

/// What a line should be: its ratio where it has one, the figure itself otherwise.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// Which of two figures are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    P50,
    P95,
}

impl Line {
    /// Ours beside another's.
    pub(crate) fn compared(
        what: &str,
        unit: &'static str,
        ours: Figures,
        (name, theirs): (&str, Figures),
        by: By,
        target: Option<Target>,
    ) -> Self {
        let ratio = match by {
            By::P50 => ours.p50 / theirs.p50,
            By::P95 => ours.p95 / theirs.p95,
        };
        Self {
            what: what.to_owned(),
            unit,
            ours,
            theirs: Some((name.to_owned(), theirs)),
            ratio: Some(ratio),
            target,
            is_met: target.map(|target| target.is_met(ratio)),
        }
    }

    /// Ours alone.
    pub(crate) fn alone(
        what: &str,
        unit: &'static str,
        ours: Figures,
        target: Option<Target>,
    ) -> Self {
        Self {
            what: what.to_owned(),
            unit,
            ours,
            theirs: None,
            ratio: None,
            target,
            is_met: target.map(|target| target.is_met(ours.p50)),
        }
    }

    fn cells(&self) -> [String; 7] {
        let shown = |figures: &Figures| {
            if figures.count == 1 {
                format!("{} {}", short(figures.p50), self.unit)
            } else {
                format!(
                    "{} / {} {}",
                    short(figures.p50),
                    short(figures.p95),
                    self.unit
                )
            }
        };
        let (name, theirs) = self
            .theirs
            .as_ref()
            .map_or_else(Default::default, |theirs| {
                (theirs.0.clone(), shown(&theirs.1))
            });
        let met = match self.is_met {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        };
        [
            self.what.clone(),
            shown(&self.ours),
            name,
            theirs,
            self.ratio.map(short).unwrap_or_default(),
            self.target
                .map(|target| target.to_string())
                .unwrap_or_default(),
            met.to_owned(),
        ]
    }
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
        }
    }
}

const HEADS: [&str; 7] = [
    "what",
    "ours (p50 / p95)",
    "beside",
    "theirs (p50 / p95)",
    "ratio",
    "target",
    "",
];

/// Columns for a terminal.
pub(crate) fn plain(lines: &[Line]) -> String {
    table::plain(&rows(lines))
}

/// The same for `docs/performance.md`.
pub(crate) fn markdown(lines: &[Line]) -> String {
    table::markdown(&rows(lines))
}

fn rows(lines: &[Line]) -> Vec<[String; 7]> {
    std::iter::once(HEADS.map(str::to_owned))
        .chain(lines.iter().map(Line::cells))
        .collect()
}
