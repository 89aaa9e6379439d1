//! How soon a program prints, how soon it has ended, and how soon it is gone when it is stopped.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};
use tokio::sync::oneshot;

use pythonide_measure::stats::Samples;

use super::{
    Bed, WITHOUT_PACKAGES,
    bare::{self, Bare, SYSTEM_PYTHON},
    table::{By, Line, Target},
};

const HELLO: &str = "print(\"hi\")\n";
const IMPORT: &str = "import numpy\nimport pandas\nimport matplotlib.pyplot\nprint(numpy.arange(3).sum(), pandas.DataFrame().shape)\n";
/// Programs that would go on for ever.
const ENDLESS: [(&str, &str); 2] = [
    (
        "that floods its terminal",
        "n = 0\nwhile True:\n    n += 1\n    print('flood', n)\n",
    ),
    (
        "that floods it and will not be interrupted",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    print('flood')\n",
    ),
];
/// What such a program has printed when it is stopped: more than a page lets lie.
const STOPPED_AFTER: u64 = 1 << 20;
/// No sample takes so long.
const WITHIN: Duration = Duration::from_mins(2);

/// Times to the first output and to the end.
#[derive(Debug, Default)]
struct Times {
    first: Samples,
    whole: Samples,
}

impl Times {
    fn push(&mut self, first: Duration, whole: Duration) {
        self.first.push_time(first);
        self.whole.push_time(whole);
    }
}

/// A program of one line beside others.
#[derive(Debug, Default)]
struct Hellos {
    ours: Times,
    /// The system's Python.
    bare: Times,
    /// The same in bubblewrap.
    boxed: Times,
}

/// A program of one line, beside the system's Python and beside bubblewrap.
pub(super) async fn hello(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let Hellos { ours, bare, boxed } = hellos(bed, &[]).await?;
    let (settings, no_packages) = WITHOUT_PACKAGES;
    let without = hellos(bed, settings).await?;
    let line = |what: &str, ours: &Samples, (name, theirs): (&str, &Samples), by, target| {
        let theirs = (name, theirs.figures());
        Line::compared(what, "ms", ours.figures(), theirs, by, target)
    };
    let (half, same) = (Some(Target::AtMost(0.5)), Some(Target::AtMost(1.0)));
    let (first, whole) = ("hello world, first output", "hello world, end");
    let p95 = format!("{first}, p95");
    let first_without = format!("{first}{no_packages}");
    let whole_without = format!("{whole}{no_packages}");
    let (python, bubblewrap) = ("python3", "bubblewrap");
    Ok(vec![
        line(first, &ours.first, (python, &bare.first), By::P50, half),
        line(&p95, &ours.first, (python, &bare.first), By::P95, same),
        line(
            first,
            &ours.first,
            (bubblewrap, &boxed.first),
            By::P50,
            None,
        ),
        line(whole, &ours.whole, (python, &bare.whole), By::P50, None),
        line(
            whole,
            &ours.whole,
            (bubblewrap, &boxed.whole),
            By::P50,
            None,
        ),
        line(
            &first_without,
            &without.ours.first,
            (python, &without.bare.first),
            By::P50,
            None,
        ),
        line(
            &whole_without,
            &without.ours.whole,
            (python, &without.bare.whole),
            By::P50,
            None,
        ),
    ])
}

async fn hellos(bed: &Bed, settings: &[&str]) -> anyhow::Result<Hellos> {
    let (count, warm_up) = (bed.times(200, 10), bed.times(10, 2));
    let product = bed.product(1, settings);
    let mut student = bed.student(&product, 0).await;
    student.write("hello.py", HELLO).await?;
    let other = Bare::new()?;
    let file = other.write("hello.py", HELLO)?;
    let python = Path::new(SYSTEM_PYTHON);
    let mut all = Hellos::default();
    for number in 0..warm_up + count {
        let outcome = student.run("hello.py", WITHIN, 100).await?;
        ensure!(outcome.text() == "hi\n", "hello.py printed {outcome:?}");
        let directly = bare::take(other.python(python, &file))?;
        let in_box = bare::take(other.bubblewrap(python, &file))?;
        if number >= warm_up {
            all.ours.push(outcome.first()?, outcome.whole);
            all.bare.push(directly.first, directly.whole);
            all.boxed.push(in_box.first, in_box.whole);
        }
    }
    student.stop().await?;
    Ok(all)
}

/// A program that imports what classes import, beside the class's own Python.
pub(super) async fn import(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let (count, warm_up) = (bed.times(30, 3), bed.times(3, 1));
    let product = bed.product(1, &[]);
    let mut student = bed.student(&product, 0).await;
    student.write("import.py", IMPORT).await?;
    let other = Bare::new()?;
    let file = other.write("import.py", IMPORT)?;
    let (mut ours, mut bare) = (Times::default(), Times::default());
    for number in 0..warm_up + count {
        let directly = bare::take(other.python(&bed.python, &file))?;
        let outcome = student.run("import.py", WITHIN, 10_000).await?;
        ensure!(
            outcome.text() == directly.output,
            "import.py printed {:?} and not {:?}",
            outcome.text(),
            directly.output
        );
        if number >= warm_up {
            ours.push(outcome.first()?, outcome.whole);
            bare.push(directly.first, directly.whole);
        }
    }
    student.stop().await?;
    let line = |what, ours: &Samples, theirs: &Samples, target| {
        let theirs = ("the same python3", theirs.figures());
        Line::compared(what, "ms", ours.figures(), theirs, By::P50, target)
    };
    let target = Some(Target::AtMost(0.03));
    Ok(vec![
        line(
            "numpy, pandas, matplotlib, first output",
            &ours.first,
            &bare.first,
            target,
        ),
        line(
            "numpy, pandas, matplotlib, end",
            &ours.whole,
            &bare.whole,
            None,
        ),
    ])
}

/// From the word that a program is to stop to the word that nothing of it is left.
pub(super) async fn stop(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let count = bed.times(30, 3);
    let product = bed.product(1, &[]);
    let mut student = bed.student(&product, 0).await;
    let mut lines = Vec::new();
    for (what, source) in ENDLESS {
        student.write("endless.py", source).await?;
        let mut times = Samples::default();
        for _ in 0..count {
            let (tell, told) = oneshot::channel();
            let (mut tell, mut printed) = (Some(tell), 0);
            let run = student.watch("endless.py", WITHIN, 100, |bytes| {
                printed += bytes.len() as u64;
                if printed > STOPPED_AFTER
                    && let Some(tell) = tell.take()
                {
                    let _ = tell.send(());
                }
            });
            tokio::select! {
                outcome = run => bail!("a program without an end has ended: {:?}", outcome?.end),
                _ = told => {}
            }
            let asked = Instant::now();
            student.stop().await?;
            times.push_time(asked.elapsed());
        }
        lines.push(Line::alone(
            &format!("stop of a program {what}"),
            "ms",
            times.figures(),
            Some(Target::AtMost(1000.0)),
        ));
    }
    Ok(lines)
}
