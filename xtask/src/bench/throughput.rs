//! How many programs a second there can be.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::future::try_join_all;

use pythonide_measure::stats::Samples;

use super::{
    Bed, WITHOUT_PACKAGES,
    bare::{self, Bare, SYSTEM_PYTHON},
    table::{By, Line, Target},
};
use pythonide_testkit::student::Student;

/// Students who start one program after another.
const STUDENTS: usize = 4;
const HELLO: &str = "print(\"hi\")\n";
const WITHIN: Duration = Duration::from_mins(2);

/// Hello worlds in closed loops, beside as many loops of Python in bubblewrap.
pub(super) async fn measure(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let what = format!("hello worlds a second, {STUDENTS} students");
    let (settings, without) = WITHOUT_PACKAGES;
    Ok(vec![
        line(bed, &[], &what, Some(Target::AtLeast(1.4))).await?,
        line(bed, settings, &format!("{what}{without}"), None).await?,
    ])
}

async fn line(
    bed: &Bed,
    settings: &[&str],
    what: &str,
    target: Option<Target>,
) -> anyhow::Result<Line> {
    let rounds = bed.times(5, 1);
    let span = Duration::from_secs(if bed.is_quick { 2 } else { 6 });
    let product = bed.product(STUDENTS, settings);
    let mut students = Vec::new();
    for number in 0..STUDENTS {
        let student = bed.student(&product, number).await;
        student.write("hello.py", HELLO).await?;
        students.push(student);
    }
    let other = Bare::new()?;
    let file = other.write("hello.py", HELLO)?;
    let (mut ours, mut theirs) = (Samples::default(), Samples::default());
    for _ in 0..rounds {
        let start = Instant::now();
        let loops = students.iter_mut().map(|student| one(student, start, span));
        let count: u32 = try_join_all(loops).await?.into_iter().sum();
        let per_second = f64::from(count) / start.elapsed().as_secs_f64();
        let boxed = boxes(&other, &file, span)?;
        ours.push(per_second);
        theirs.push(boxed);
    }
    for student in &mut students {
        student.stop().await?;
    }
    let theirs = ("bubblewrap", theirs.figures());
    Ok(Line::compared(
        what,
        "/s",
        ours.figures(),
        theirs,
        By::P50,
        target,
    ))
}

async fn one(student: &mut Student, start: Instant, span: Duration) -> anyhow::Result<u32> {
    let mut count = 0;
    while start.elapsed() < span {
        student.run("hello.py", WITHIN, 100).await?;
        count += 1;
    }
    Ok(count)
}

fn boxes(other: &Bare, file: &Path, span: Duration) -> anyhow::Result<f64> {
    let start = Instant::now();
    let count = std::thread::scope(|scope| {
        let one = || {
            let mut count = 0_u32;
            while start.elapsed() < span {
                bare::take(other.bubblewrap(Path::new(SYSTEM_PYTHON), file))?;
                count += 1;
            }
            anyhow::Ok(count)
        };
        let loops: Vec<_> = (0..STUDENTS).map(|_| scope.spawn(one)).collect();
        let counts = loops
            .into_iter()
            .map(|one| one.join().ok().context("a loop of bubblewrap panicked")?);
        counts.sum::<anyhow::Result<u32>>()
    })?;
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}
