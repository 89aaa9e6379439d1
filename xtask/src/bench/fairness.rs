//! What one student notices while others take all that they can.

use std::{
    fs,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use futures::future::try_join_all;
use pythonide_testkit::{browser::Browser, product::Product};
use tokio::sync::{mpsc, watch};

use super::{
    Bed,
    stats::Samples,
    table::{By, Line, Target},
};
use crate::{process::progress, student::Student};

const HELLO: &str = "print(\"hi\")\n";
/// What each of two students does meanwhile; each says first that it has begun.
const NOISES: [(&str, &str); 3] = [
    (
        "fork bombs",
        "import os\nprint('go', flush=True)\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n",
    ),
    (
        "eight busy processes each",
        "import os\nprint('go', flush=True)\nfor _ in range(7):\n    if os.fork() == 0:\n        break\nwhile True:\n    pass\n",
    ),
    (
        "floods of output",
        "print('go', flush=True)\nwhile True:\n    print('x' * 1000)\n",
    ),
];
const OTHERS: usize = 2;
const WITHIN: Duration = Duration::from_mins(2);
/// How long the others may take to begin.
const BEGIN_WITHIN: Duration = Duration::from_mins(1);

/// Hello world of one student, quiet and beside two others, in turn.
pub(super) async fn measure(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let product = bed.product(1 + OTHERS, &[]).await?;
    let mut student = bed.student(&product, 0).await;
    student.write("hello.py", HELLO).await?;
    let mut lines = Vec::new();
    for (name, source) in NOISES {
        lines.push(beside(bed, &product, &mut student, name, source).await?);
        if let Some(_ungrouped) = Ungrouped::begin() {
            let name = format!("{name}, as in a container");
            lines.push(beside(bed, &product, &mut student, &name, source).await?);
        }
    }
    student.stop().await?;
    Ok(lines)
}
/// Hello world quiet and beside one kind of noise, in turn.
async fn beside(
    bed: &Bed,
    product: &Product,
    student: &mut Student,
    name: &str,
    source: &str,
) -> anyhow::Result<Line> {
    let (rounds, count) = (bed.times(4, 1), bed.times(25, 5));
    let mut others = Vec::new();
    for number in 1..=OTHERS {
        let other = bed.student(product, number).await;
        other.write("noise.py", source).await?;
        others.push(other.browser);
    }
    for _ in 0..3 {
        student.run("hello.py", WITHIN, 100).await?;
    }
    let (mut quiet, mut beside) = (Samples::default(), Samples::default());
    for _ in 0..rounds {
        hellos(student, count, &mut quiet).await?;
        let noise = Noise::begin(others.clone()).await?;
        hellos(student, count, &mut beside).await?;
        noise.end().await?;
    }
    Ok(Line::compared(
        &format!("hello world, first output, beside {name}, p95"),
        "ms",
        beside.figures(),
        ("quiet", quiet.figures()),
        By::P95,
        Some(Target::AtMost(2.0)),
    ))
}

/// Whether the kernel shares out the processor between sessions first (sched(7), autogroup).
const GROUPED: &str = "/proc/sys/kernel/sched_autogroup_enabled";

/// While it lives the machine shares out the processor between threads, as it does in a container, however many of them one
/// session has.
#[derive(Debug)]
struct Ungrouped;

impl Ungrouped {
    /// `None` where it is so anyhow, or where this may not change it.
    fn begin() -> Option<Self> {
        let is_grouped = fs::read_to_string(GROUPED).is_ok_and(|now| now.trim() == "1");
        (is_grouped && fs::write(GROUPED, "0").is_ok()).then_some(Self)
    }
}

impl Drop for Ungrouped {
    fn drop(&mut self) {
        if let Err(error) = fs::write(GROUPED, "1") {
            progress(format_args!("{GROUPED} is still 0: {error}"));
        }
    }
}

async fn hellos(student: &mut Student, count: usize, times: &mut Samples) -> anyhow::Result<()> {
    for _ in 0..count {
        let outcome = student.run("hello.py", WITHIN, 100).await?;
        times.push_time(outcome.first()?);
    }
    Ok(())
}

/// Students who run their programs again and again, on a thread of their own: theirs is not the time
/// that is measured.
#[derive(Debug)]
struct Noise {
    stop: watch::Sender<bool>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Noise {
    /// Returns when each of them has begun.
    async fn begin(others: Vec<Browser>) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let (tell, mut told) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("noise".to_owned())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                let all = others
                    .into_iter()
                    .map(|other| again_and_again(other, stopped.clone(), tell.clone()));
                runtime.block_on(try_join_all(all)).map(drop)
            })?;
        let due = Instant::now() + BEGIN_WITHIN;
        for _ in 0..OTHERS {
            let left = due.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, told.recv()).await {
                Ok(Some(())) => {}
                Ok(None) => {
                    join(thread)?;
                    bail!("a program that should be noisy has ended");
                }
                Err(_) => bail!("a program that should be noisy does not begin"),
            }
        }
        Ok(Self { stop, thread })
    }

    /// Returns when nothing of them is left.
    async fn end(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        tokio::task::spawn_blocking(move || join(self.thread)).await?
    }
}

fn join(thread: JoinHandle<anyhow::Result<()>>) -> anyhow::Result<()> {
    thread.join().ok().context("the noise panicked")?
}

/// Runs `noise.py` until told to stop, and tells when it has first printed.
async fn again_and_again(
    browser: Browser,
    mut stopped: watch::Receiver<bool>,
    began: mpsc::UnboundedSender<()>,
) -> anyhow::Result<()> {
    let mut student = Student::at(browser).await;
    let mut began = Some(began);
    loop {
        let run = student.watch("noise.py", Duration::from_mins(10), 100, |_| {
            if let Some(began) = began.take() {
                let _ = began.send(());
            }
        });
        tokio::select! {
            outcome = run => drop(outcome?),
            _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
        }
    }
    student.stop().await
}
