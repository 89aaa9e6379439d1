//! `cargo xtask compat`: CPython's own regression tests as programs of students.
//!
//! Each module runs twice with Debian's Python: at a terminal without us, and in a student's program.
//! What passes there must pass here; `exceptions.txt` names what need not, and why.

mod bare;
mod modules;
mod outcome;
mod report;

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;
use pythonide_protocol::socket::End;
use pythonide_testkit::{
    browser::Browser,
    product::{Product, Setup},
    student::Student,
};

use crate::{
    build,
    process::{root, tell},
    tools::{self, Tool},
};
use modules::Exception;
use outcome::{Ran, Verdict};
use report::Compared;

const PYTHON: &str = "/usr/bin/python3";
/// Students who run modules at the same time.
const STUDENTS: u32 = 2;
/// What their programs may use: what the tests need, and more than a class does.
const LIMITS: [&str; 14] = [
    "--run-cpu-seconds",
    "3600",
    "--run-memory-mb",
    "2048",
    "--run-processes",
    "256",
    "--run-output-mb",
    "256",
    // Of sparse files, past the first 4 GB.
    "--run-file-mb",
    "8192",
    "--run-open-files",
    "1024",
    "--home-mb",
    "16384",
];
/// How long a module may take without us.
const WITHIN: Duration = Duration::from_mins(5);
/// How much of what a module prints is read.
const KEEP: usize = 4 << 20;

/// Runs CPython's own tests.
#[derive(Debug, Args)]
pub(crate) struct Compat {
    /// Some quick ones.
    #[arg(long)]
    sample: bool,
    /// Tells it as one line of JSON, the last.
    #[arg(long)]
    json: bool,
    /// Begins no module after so many minutes.
    #[arg(long, default_value_t = 90)]
    minutes: u64,
    /// Tries this binary instead of building one.
    #[arg(long, hide = true)]
    binary: Option<PathBuf>,
    /// Its version of the socket's conversation, if it is an older one.
    #[arg(long, hide = true)]
    protocol: Option<u16>,
    /// Only these modules.
    modules: Vec<String>,
}

/// What the students share.
struct Queue {
    left: Mutex<VecDeque<String>>,
    done: Mutex<Vec<Compared>>,
    exceptions: BTreeMap<String, Exception>,
    due: Instant,
    is_quiet: bool,
}

impl Compat {
    /// The modules that `cargo xtask test` runs.
    pub(crate) fn sample() -> Self {
        Self {
            sample: true,
            json: false,
            minutes: 20,
            binary: None,
            protocol: None,
            modules: Vec::new(),
        }
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        tools::ensure(&[Tool::PythonTests])?;
        let binary = if let Some(binary) = &self.binary {
            std::path::absolute(binary)?
        } else {
            build::dev()?;
            root().join("target/debug/pythonide")
        };
        let chosen = match (&self.modules, self.sample) {
            (named, _) if !named.is_empty() => named.clone(),
            (_, true) => modules::sample(),
            _ => modules::all()?,
        };
        let start = Instant::now();
        let queue = Queue {
            left: Mutex::new(chosen.into()),
            done: Mutex::new(Vec::new()),
            exceptions: modules::exceptions()?,
            due: start + Duration::from_secs(60 * self.minutes),
            is_quiet: self.json,
        };
        let product = product(binary);
        std::thread::scope(|scope| {
            let workers = (0..STUDENTS).map(|worker| {
                let (queue, product) = (&queue, &product);
                scope.spawn(move || work(queue, product, worker, self.protocol))
            });
            let workers: Vec<_> = workers.collect();
            workers
                .into_iter()
                .try_for_each(|one| one.join().ok().context("a student's thread panicked")?)
        })?;
        let mut done = taken(&queue.done).split_off(0);
        done.sort_by(|one, other| one.module.cmp(&other.module));
        let not_begun: Vec<_> = taken(&queue.left).drain(..).collect();
        report::tell_all(&done, &not_begun, start.elapsed(), self.json);
        let wrong = done.iter().filter(|one| one.is_wrong()).count();
        ensure!(
            wrong == 0,
            "{wrong} module(s) pass in a terminal and not in a program"
        );
        ensure!(
            not_begun.is_empty(),
            "{} modules were not begun in time",
            not_begun.len()
        );
        Ok(())
    }
}

fn product(binary: PathBuf) -> Product {
    let mut setup = Setup::new(binary, PYTHON.into()).with(&LIMITS);
    let students = (0..STUDENTS).map(|number| (username(number), "student"));
    setup.classes = vec![("Tests".to_owned(), students.collect())];
    setup.start()
}

fn username(number: u32) -> String {
    format!("s{number}")
}

/// Takes one module after the other.
fn work(
    queue: &Queue,
    product: &Product,
    worker: u32,
    protocol: Option<u16>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut browser = runtime.block_on(product.sign_in(&username(worker)));
    browser.protocol = protocol.unwrap_or(browser.protocol);
    loop {
        let module = taken(&queue.left).pop_front();
        let Some(module) = module.filter(|_| Instant::now() < queue.due) else {
            return Ok(());
        };
        let bare = bare::run(Path::new(PYTHON), worker, &source(&module), WITHIN)?;
        let ours = if bare.verdict == Verdict::Passed {
            Some(runtime.block_on(confined(&browser, &module, &bare))?)
        } else {
            None
        };
        let exception = queue.exceptions.get(&module);
        let compared = Compared {
            exception: exception
                .filter(|exception| {
                    let ours = ours.as_ref();
                    ours.is_none_or(|ours| exception.covers(ours.wrong.keys()))
                })
                .map(|exception| exception.reason.clone()),
            is_listed: exception.is_some(),
            module,
            bare,
            ours,
        };
        if !queue.is_quiet {
            tell(&compared);
        }
        taken(&queue.done).push(compared);
    }
}

/// Runs a module as a student's program, which is its `__main__`.
async fn confined(browser: &Browser, module: &str, bare: &Ran) -> anyhow::Result<Ran> {
    // A page of its own for each: what a module does to its program, it does not do to the next.
    let mut student = Student::at(browser.clone()).await;
    student.write("run_test.py", &source(module)).await?;
    let within = WITHIN + Duration::from_secs_f64(bare.seconds);
    let start = Instant::now();
    let ran = student.run("run_test.py", within, KEEP).await;
    let ran = match ran {
        Ok(outcome) => Ran::read(&outcome.text(), &end(&outcome.end), outcome.whole),
        Err(error) => Ran::timed_out(&format!("{error:#}"), start.elapsed()),
    };
    student.stop().await?;
    Ok(ran)
}

/// A program that runs one module. Some modules start it again as somebody else's `__main__`.
fn source(module: &str) -> String {
    format!(
        "import sys\nfrom test.libregrtest import main\n\nif __name__ == '__main__':\n    sys.argv[1:] = ['-v', '{module}']\n    main()\n"
    )
}

fn end(end: &End) -> String {
    let cause = serde_json::to_value(end.cause).unwrap_or_default();
    let cause = cause.as_str().unwrap_or("unknown");
    match (&end.signal, end.exit_code) {
        (Some(signal), _) => format!("{cause}, {signal}"),
        (None, Some(code)) => format!("{cause}, exit status {code}"),
        (None, None) => cause.to_owned(),
    }
}

fn taken<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
