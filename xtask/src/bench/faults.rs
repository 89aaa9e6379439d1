//! How many pages the kernel prepares for a program: a copy of what was the zygote's, new memory, a page of a file.
//!
//! Times depend on the machine, and a fault costs one machine ten times what it costs another; how many there are does not.

use std::{collections::HashMap, path::Path, time::Duration};

use anyhow::bail;
use pythonide_measure::stats::Samples;
use pythonide_testkit::{processes, product::Product, student::Student};
use tokio::sync::oneshot;

use super::{
    Bed, WITHOUT_PACKAGES,
    bare::{self, Bare, SYSTEM_PYTHON},
    table::{Line, Target},
};

/// A program, and the most faults that it should have to its first output and to its end.
struct Measured {
    name: &'static str,
    source: &'static str,
    most: Option<(f64, f64)>,
}

const HELLO: Measured = Measured {
    name: "hello world",
    source: "print(\"hi\")\n",
    most: Some((150.0, 500.0)),
};
const IMPORT: Measured = Measured {
    name: "numpy, pandas, matplotlib",
    source: "import numpy\nimport pandas\nimport matplotlib.pyplot\nprint(numpy.arange(3).sum(), pandas.DataFrame().shape)\n",
    most: None,
};
/// So that the program stands still when its first output is read.
const STANDS: &str = "while True:\n    pass\n";
const FIRST: &str = "to the first output";
const WHOLE: &str = "to the end of its prompt";
const WITHIN: Duration = Duration::from_mins(2);
const TRIES: usize = 20;
/// A process writes to each page of its parent's memory, and prints how long the kernel took to copy one, in microseconds.
const COPIES: &str = "\
import mmap, os, time

pages, size = 4096, mmap.PAGESIZE
memory = mmap.mmap(-1, pages * size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_NOHUGEPAGE)
memory[::size] = b'a' * pages
written = b'b' * pages
if os.fork() == 0:
    start = time.perf_counter()
    memory[::size] = written
    print((time.perf_counter() - start) / pages * 1e6, flush=True)
    os._exit(0)
os.wait()
";

/// Faults from the order to become a program to its first output, and until it has ended; and what one costs here.
pub(super) async fn measure(bed: &Bed) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    {
        let product = bed.product(1, &[]);
        let mut student = bed.student(&product, 0).await;
        for Measured { name, source, most } in [HELLO, IMPORT] {
            let (first, whole) = of_program(bed, &product, &mut student, source).await?;
            lines.push(line(name, FIRST, &first, most.map(|most| most.0)));
            lines.push(line(name, WHOLE, &whole, most.map(|most| most.1)));
        }
    }
    let (settings, without) = WITHOUT_PACKAGES;
    let product = bed.product(1, settings);
    let mut student = bed.student(&product, 0).await;
    let (first, whole) = of_program(bed, &product, &mut student, HELLO.source).await?;
    let name = format!("{}{without}", HELLO.name);
    lines.push(line(&name, FIRST, &first, None));
    lines.push(line(&name, WHOLE, &whole, None));
    let price = price(bed)?.figures();
    lines.push(Line::alone(
        "a page that is copied after a fork",
        "µs",
        price,
        None,
    ));
    Ok(lines)
}

fn price(bed: &Bed) -> anyhow::Result<Samples> {
    let other = Bare::new()?;
    let file = other.write("copies.py", COPIES)?;
    let mut prices = Samples::default();
    for _ in 0..bed.times(11, 3) {
        let taken = bare::take(other.python(Path::new(SYSTEM_PYTHON), &file))?;
        prices.push(taken.output.trim().parse()?);
    }
    Ok(prices)
}

fn line(name: &str, until: &str, samples: &Samples, most: Option<f64>) -> Line {
    let what = format!("{name}, page faults {until}");
    Line::alone(&what, "", samples.figures(), most.map(Target::AtMost))
}

/// Its faults to the first output, and to the end.
async fn of_program(
    bed: &Bed,
    product: &Product,
    student: &mut Student,
    source: &str,
) -> anyhow::Result<(Samples, Samples)> {
    student.write("whole.py", source).await?;
    let stands = format!("{source}{STANDS}");
    student.write("stands.py", &stands).await?;
    let (mut first, mut whole) = (Samples::default(), Samples::default());
    for _ in 0..bed.times(30, 3) {
        first.push(repeated(async || to_first_output(product, student).await).await?);
        whole.push(repeated(async || to_the_end(product, student).await).await?);
    }
    Ok((first, whole))
}

/// What is measured, tried again where none waited when the program was started and one was made for it.
async fn repeated(
    mut measure: impl AsyncFnMut() -> anyhow::Result<Option<f64>>,
) -> anyhow::Result<f64> {
    for _ in 0..TRIES {
        if let Some(faults) = measure().await? {
            return Ok(faults);
        }
    }
    bail!(
        "{TRIES} programs one after another were not among the processes that waited to become one"
    )
}

/// The faults of `stands.py` from its order to its first output.
async fn to_first_output(product: &Product, student: &mut Student) -> anyhow::Result<Option<f64>> {
    let waiting = Waiting::of(product);
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let run = student.watch("stands.py", WITHIN, 100, |_| {
        if let Some(tell) = tell.take() {
            let _ = tell.send(waiting.program(product).map(|program| program.faults()));
        }
    });
    let faults = tokio::select! {
        outcome = run => bail!("a program without an end has ended: {:?}", outcome?.end),
        faults = told => faults?,
    };
    student.stop().await?;
    Ok(faults)
}

/// The faults of `whole.py` from its order until nothing of it is left.
async fn to_the_end(product: &Product, student: &mut Student) -> anyhow::Result<Option<f64>> {
    let waiting = Waiting::of(product);
    student.run("whole.py", WITHIN, 100).await?;
    let program = waiting.program(product);
    student.stop().await?;
    Ok(program.map(|program| program.faults_in_all()))
}

/// The processes that may become a program, with the faults that they have had.
struct Waiting(HashMap<i32, u64>);

/// One that has.
struct Program {
    pid: i32,
    keeper: i32,
    /// Before it had its order.
    before: u64,
    /// Of what the keeper has seen to its end, before this program ended.
    ended_before: u64,
}

impl Waiting {
    fn of(product: &Product) -> Self {
        let faults = |pid| (pid, processes::minor_faults(pid).0);
        Self(product.processes().into_iter().map(faults).collect())
    }

    fn program(&self, product: &Product) -> Option<Program> {
        let mut processes = product.processes().into_iter();
        let pid = processes.find(|pid| processes::is_program(*pid))?;
        let keeper = processes::parent(pid)?;
        Some(Program {
            pid,
            keeper,
            before: self.0.get(&pid).copied()?,
            ended_before: processes::minor_faults(keeper).1,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
impl Program {
    /// Until now.
    fn faults(&self) -> f64 {
        (processes::minor_faults(self.pid).0 - self.before) as f64
    }

    /// Of a program that has ended, when nothing else has since it was found.
    fn faults_in_all(&self) -> f64 {
        let ended = processes::minor_faults(self.keeper).1 - self.ended_before;
        (ended - self.before) as f64
    }
}
