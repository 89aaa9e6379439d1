//! Whether a program that computes is as fast as without us.

use std::time::Duration;

use pythonide_measure::stats::Samples;

use super::{
    Bed,
    bare::{self, Bare},
    table::{By, Line, Target},
};

/// About a second, by its own clock.
const COMPUTES: &str = "\
import time

def compute():
    total = 0
    for number in range(22_000_000):
        total += number * number % 7
    return total

start = time.perf_counter()
compute()
print(time.perf_counter() - start)
";
const WITHIN: Duration = Duration::from_mins(2);

/// A loop of Python, beside the class's own Python.
pub(super) async fn measure(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let count = bed.times(21, 3);
    let product = bed.product(1, &[]);
    let mut student = bed.student(&product, 0).await;
    student.write("compute.py", COMPUTES).await?;
    let other = Bare::new()?;
    let file = other.write("compute.py", COMPUTES)?;
    let (mut ours, mut theirs) = (Samples::default(), Samples::default());
    for number in 0..=count {
        let outcome = student.run("compute.py", WITHIN, 1000).await?;
        let directly = bare::take(other.python(&bed.python, &file))?;
        if number > 0 {
            ours.push(outcome.text().trim().parse::<f64>()? * 1000.0);
            theirs.push(directly.output.trim().parse::<f64>()? * 1000.0);
        }
    }
    student.stop().await?;
    Ok(vec![Line::compared(
        "a loop in pure Python",
        "ms",
        ours.figures(),
        ("the same python3", theirs.figures()),
        By::P50,
        Some(Target::AtMost(1.02)),
    )])
}
