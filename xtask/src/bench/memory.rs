//! What programs, students who do nothing, and a flood of output hold in memory.

use std::time::Duration;

use anyhow::ensure;
use futures::future::{join_all, try_join_all};
use pythonide_measure::stats::Figures;
use pythonide_protocol::socket::EndCause;
use pythonide_testkit::{
    processes::{self, peak_resident, proportional, resident},
    product::Product,
    student::Student,
};

use super::{
    Bed, WITHOUT_PACKAGES,
    table::{Line, Target},
};

const TABLE: &str = "\
import pandas as pd

rolls = pd.DataFrame({'side': range(1, 7), 'count': [96, 104, 99, 101, 97, 103]})
print(rolls.describe())
";
const HELLO: &str = "print(\"hi\")\n";
const WITHIN: Duration = Duration::from_mins(5);
const MB: f64 = (1 << 20) as f64;

/// Programs of a whole class at their prompts: with pandas in use, and with nothing.
pub(super) async fn prompts(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let class = Class::at_prompts(bed, &[], TABLE).await?;
    let waiting = held_by_programs(&class.product);
    let count = class.students.len();
    let used = class.held_after("rolls.shape", "(6, 2)").await?;
    let hello = held_by_hellos(bed, &[]).await?;
    let (settings, without) = WITHOUT_PACKAGES;
    let hello_without = held_by_hellos(bed, settings).await?;
    let line = |prompts: &str, held, most: Option<f64>| {
        let what = format!("{count} prompts{prompts}, all programs and what starts them");
        let held = Figures::one(megabytes(held));
        Line::alone(&what, "MB", held, most.map(Target::AtMost))
    };
    Ok(vec![
        line(" with pandas", waiting, Some(700.0)),
        line(
            " with pandas at which somebody has typed",
            used,
            Some(700.0),
        ),
        line(" of hello world", hello, None),
        line(&format!(" of hello world{without}"), hello_without, None),
    ])
}

async fn held_by_hellos(bed: &Bed, settings: &[&str]) -> anyhow::Result<u64> {
    let class = Class::at_prompts(bed, settings, HELLO).await?;
    Ok(held_by_programs(&class.product))
}

/// Students of whom each has a program that has come to its prompt.
struct Class {
    product: Product,
    students: Vec<Student>,
}

impl Class {
    async fn at_prompts(bed: &Bed, settings: &[&str], source: &str) -> anyhow::Result<Self> {
        let count = bed.times(60, 6);
        let product = bed.product(count, settings);
        let mut students = Vec::new();
        for number in 0..count {
            let student = bed.student(&product, number).await;
            student.write("class.py", source).await?;
            students.push(student);
        }
        for some in students.chunks_mut(4) {
            let runs = some
                .iter_mut()
                .map(|student| student.run("class.py", WITHIN, 10_000));
            for outcome in try_join_all(runs).await? {
                let is_finished = outcome.end.cause == EndCause::Finished;
                ensure!(is_finished, "class.py printed {:?}", outcome.text());
            }
        }
        Ok(Self { product, students })
    }

    /// What all programs hold after each student has typed `line` and got `answer`.
    async fn held_after(mut self, line: &str, answer: &str) -> anyhow::Result<u64> {
        for student in &mut self.students {
            student.ask(line, answer, WITHIN).await?;
        }
        Ok(held_by_programs(&self.product))
    }
}

/// What all processes hold but the server and the host, shared memory shared out among them.
fn held_by_programs(product: &Product) -> u64 {
    let parts = ["host", "server"].map(|name| product.part(name));
    let programs = product
        .processes()
        .into_iter()
        .filter(|pid| !parts.contains(pid));
    programs.map(proportional).sum()
}

/// Students who come at once, before any is counted.
const FIRST: usize = 16;

/// Students who have a page open and do nothing, and a thousand pages.
pub(super) async fn idle(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    // Sign-in lets so many come from one address at once.
    let (students, pages) = (bed.times(200, 30), bed.times(1000, 90));
    let product = bed.product(students, &[]);
    let sign_in = async |number: usize| {
        let mut browser = product.sign_in(&format!("s{number}")).await;
        browser.protocol = bed.protocol.unwrap_or(browser.protocol);
        browser.names("").await;
        let socket = browser.socket().await;
        (browser, socket)
    };
    // What the first ones need, such as memory to hash passwords in, is there for all.
    let mut all = join_all((0..FIRST).map(&sign_in)).await;
    rest().await;
    let before = held(&product);
    for number in FIRST..students {
        all.push(sign_in(number).await);
    }
    rest().await;
    let after = held(&product);
    let more = pages.div_ceil(students) - 1;
    let mut others = Vec::new();
    for (browser, _) in &all {
        others.extend(join_all((0..more).map(|_| browser.socket())).await);
    }
    rest().await;
    let full = held(&product);
    let pages = all.len() + others.len();
    let each = |bytes: u64, count: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a thousand")]
        Figures::one(kilobytes(bytes) / count as f64)
    };
    let line = |what: &str, unit, figures, most| {
        Line::alone(what, unit, figures, Some(Target::AtMost(most)))
    };
    let (server, host) = (
        after.0.saturating_sub(before.0),
        [after.1, full.1].map(|held| held.saturating_sub(before.1)),
    );
    Ok(vec![
        line(
            &format!("server, for each of {students} students who do nothing"),
            "KB",
            each(server, students - FIRST),
            100.0,
        ),
        line(
            &format!("host, for each of {students} pages of students who do nothing"),
            "KB",
            each(host[0], students - FIRST),
            10.0,
        ),
        line(
            &format!("host, for each of {pages} pages"),
            "KB",
            each(host[1], pages - FIRST),
            10.0,
        ),
        line(
            &format!("server with {pages} sockets"),
            "MB",
            Figures::one(megabytes(full.0)),
            200.0,
        ),
    ])
}

/// A program that prints a gigabyte.
pub(super) async fn flood(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let megabytes_printed = bed.times(1024, 64);
    let product = bed.product(1, &["--run-output-mb", "4096", "--run-cpu-seconds", "3600"]);
    let mut student = bed.student(&product, 0).await;
    let flood = format!(
        "import sys\nline = 'x' * 1023 + '\\n'\nfor _ in range({megabytes_printed} * 1024):\n    sys.stdout.write(line)\n"
    );
    student.write("hello.py", "print(1)\n").await?;
    student.write("flood.py", &flood).await?;
    student.run("hello.py", WITHIN, 10).await?;
    let parts = ["host", "server"].map(|name| product.part(name));
    let before = parts.map(resident);
    parts.into_iter().for_each(processes::forget_peak);
    let outcome = student.run("flood.py", WITHIN * 4, 10).await?;
    let printed = outcome.bytes >> 20;
    ensure!(
        printed >= megabytes_printed as u64,
        "only {printed} MB came: {:?}",
        outcome.end
    );
    student.stop().await?;
    let seconds = outcome.whole.as_secs_f64();
    let mut lines = Vec::new();
    for ((name, pid), before) in ["host", "server"].into_iter().zip(parts).zip(before) {
        let growth = Figures::one(megabytes(peak_resident(pid).saturating_sub(before)));
        let what =
            format!("{name}, at most, while a program prints {printed} MB (in {seconds:.0} s)");
        lines.push(Line::alone(&what, "MB", growth, Some(Target::AtMost(16.0))));
    }
    Ok(lines)
}

/// Waits until the threads that did something for somebody have ended: they do so when they had nothing to do for ten
/// seconds, and tell nobody.
async fn rest() {
    tokio::time::sleep(Duration::from_secs(11)).await;
}

/// What the server and the host hold.
fn held(product: &Product) -> (u64, u64) {
    (
        resident(product.part("server")),
        resident(product.part("host")),
    )
}

#[expect(clippy::cast_precision_loss, reason = "far from 2^53 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MB
}

#[expect(clippy::cast_precision_loss, reason = "far from 2^53 bytes")]
fn kilobytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}
