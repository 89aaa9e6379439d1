//! `cargo xtask cluster`: students work while everything that can happen to an installation happens to it.
//!
//! ```text
//! students ── haproxy ─┬─ server ─┬─ link ── host ── gate ─┐
//!                      └─ server ─┴─ link ── host ── gate ─┴─ one folder of files, on a disk of its own
//!                            └──── PostgreSQL
//! ```
//!
//! All parts are real processes. What is between a server and a host, and between a host and its files, passes through
//! this process, which can cut it.

mod books;
mod builds;
mod console;
mod editor;
mod faults;
mod files;
mod installation;
mod network;
mod page;
mod postgres;
mod programmer;
mod report;
mod transcript;

use std::{
    os::unix::process::CommandExt,
    process::Command,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;
use futures::future::join_all;
use pythonide_testkit::{browser::Browser, product::PASSWORD};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use tokio::{runtime::Runtime, sync::watch, task::JoinHandle};

use self::{
    books::Books,
    builds::Builds,
    editor::Editor,
    faults::{Fault, Happened},
    installation::{Installation, log},
    programmer::Programmer,
    report::{Report, Struck},
    transcript::Kind,
};
use crate::{
    build::Profile,
    process::progress,
    python,
    tools::{self, Tool},
};

/// Each fault so often at least, unless a time is given.
const ROUNDS: u32 = 10;
/// After a fault it is waited so long for things to be as before.
const CALM_WITHIN: Duration = Duration::from_secs(90);
/// Set where this process has mounts of its own.
const HAS_OWN_MOUNTS: &str = "PYTHONIDE_CLUSTER_MOUNTS";

/// Puts two servers, two hosts and their database under fire while students work, and counts what is lost.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  cargo xtask cluster\n  cargo xtask cluster --minutes 5 --seed 7\n  \
                        cargo xtask cluster --quick --only host-killed"
)]
pub(crate) struct Cluster {
    /// Goes on for so many minutes; without it until each fault was there ten times.
    #[arg(long)]
    minutes: Option<u64>,
    /// Repeats the choices of an earlier run, which has told its seed.
    #[arg(long)]
    seed: Option<u64>,
    /// So many students.
    #[arg(long, default_value_t = 60)]
    students: usize,
    /// Few students, and each fault once: what the tests run. How long things took is told, and not required.
    #[arg(long, conflicts_with = "minutes")]
    quick: bool,
    /// Only these faults.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Fault>,
    /// Tells it as one line of JSON, the last.
    #[arg(long)]
    json: bool,
}

impl Cluster {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if !rustix::process::geteuid().is_root() {
            bail!("the cluster mounts file systems, which only root may");
        }
        if std::env::var_os(HAS_OWN_MOUNTS).is_none() {
            return Err(self.with_own_mounts()?);
        }
        tools::ensure(&[Tool::Venv, Tool::Postgres, Tool::Haproxy])?;
        let python = python::environment()?;
        let builds = Builds::make(self.profile())?;
        let seed = self
            .seed
            .unwrap_or_else(|| rand::rng().random_range(0..1_000_000));
        let students = if self.quick { 20 } else { self.students };
        progress(format_args!(
            "seed {seed}: starting two containers for {students} students"
        ));
        progress(format_args!("what the parts say: {}", log().display()));
        let mut all = Installation::start(&builds.current, python, students)?;
        let class = Class::enter(&all, students, seed)?;
        let struck = self.strike(&mut all, &builds, &class, seed)?;
        let report = Report {
            seed,
            students,
            struck,
            books: class.leave(&all)?,
        };
        report.tell(self.json);
        let is_good = if self.quick {
            report.lost_nothing()
        } else {
            report.is_good()
        };
        if !is_good {
            bail!("not what is required");
        }
        Ok(())
    }

    /// The tests ask what is lost, and soon; otherwise it is asked as well how long things take.
    const fn profile(&self) -> Profile {
        if self.quick {
            Profile::Dev
        } else {
            Profile::Trial
        }
    }

    /// The same command with mounts of its own: whatever becomes of it, nothing stays mounted. Students and files that are
    /// passed on by an unoptimised program would take more of the machine than all that they are to try.
    fn with_own_mounts(&self) -> anyhow::Result<anyhow::Error> {
        let this = self.profile().build("xtask")?;
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "--"])
            .arg(this)
            .arg("cluster")
            .args(self.words())
            .env(HAS_OWN_MOUNTS, "1");
        Ok(anyhow::Error::new(command.exec()).context("unshare could not be started"))
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec![format!("--students={}", self.students)];
        words.extend(self.minutes.map(|minutes| format!("--minutes={minutes}")));
        words.extend(self.seed.map(|seed| format!("--seed={seed}")));
        words.extend(self.quick.then(|| "--quick".to_owned()));
        words.extend(self.json.then(|| "--json".to_owned()));
        let only = self
            .only
            .iter()
            .filter_map(clap::ValueEnum::to_possible_value);
        words.extend(only.map(|fault| format!("--only={}", fault.get_name())));
        words
    }

    fn strike(
        &self,
        all: &mut Installation,
        builds: &Builds,
        class: &Class,
        seed: u64,
    ) -> anyhow::Result<Vec<Struck>> {
        let mut chance = StdRng::seed_from_u64(seed);
        let began = Instant::now();
        class.calm(began).context("before anything has happened")?;
        let mut struck = Vec::new();
        let until = self
            .minutes
            .map(|minutes| began + Duration::from_mins(minutes));
        let rounds = if self.quick { 1 } else { ROUNDS };
        for round in 0.. {
            let is_over = match until {
                Some(until) => Instant::now() >= until,
                None => round == rounds,
            };
            if is_over {
                break;
            }
            let mut faults = Fault::ALL.to_vec();
            faults.retain(|fault| self.only.is_empty() || self.only.contains(fault));
            faults.shuffle(&mut chance);
            for fault in faults {
                sleep(Duration::from_millis(chance.random_range(500..3000)));
                let happened = fault.strike(all, builds, &mut chance)?;
                let after = class.calm(happened.over);
                let one = Struck::new(happened, happened.over.elapsed(), &class.books);
                progress(format_args!(
                    "{:>6.0} s  {one}",
                    began.elapsed().as_secs_f64()
                ));
                struck.push(one);
                if let Err(error) = after {
                    progress(format_args!("{error:#}"));
                    return Ok(struck);
                }
            }
        }
        Ok(struck)
    }
}

/// The students at work.
struct Class {
    students: usize,
    books: Arc<Books>,
    runtime: Runtime,
    stops: watch::Sender<bool>,
    editors: Vec<JoinHandle<Editor>>,
    programmers: Vec<JoinHandle<()>>,
}

impl Class {
    /// They sign in and begin.
    fn enter(all: &Installation, students: usize, seed: u64) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let books = Arc::new(Books::default());
        let (stops, _) = watch::channel(false);
        let (mut editors, mut programmers) = (Vec::new(), Vec::new());
        for number in 0..students {
            let enter = async {
                let name = format!("s{number}");
                let browser = Browser::sign_in(&all.balancer.url, &name, PASSWORD).await;
                for kind in Kind::ALL {
                    browser.write(kind.path(), kind.source()).await;
                }
                browser
            };
            let browser = runtime.block_on(enter);
            let seed = seed.wrapping_mul(1000).wrapping_add(number as u64);
            let editor = Editor::new(number, browser.clone(), Arc::clone(&books), seed);
            editors.push(runtime.spawn(editor.write(stops.subscribe())));
            let holders = Arc::clone(&all.holders);
            let programmer = Programmer::new(number, browser, Arc::clone(&books), holders, seed);
            programmers.push(runtime.spawn(programmer.program(stops.subscribe())));
        }
        Ok(Self {
            students,
            books,
            runtime,
            stops,
            editors,
            programmers,
        })
    }

    /// Waits until all have had success since a moment.
    fn calm(&self, since: Instant) -> anyhow::Result<()> {
        while !self.books.is_calm_since(since, self.students) {
            if since.elapsed() > CALM_WITHIN {
                let trouble = self.books.in_trouble(since, self.students);
                bail!("not as before after {CALM_WITHIN:?}: {trouble}");
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// They finish what they do; then all that was acknowledged is looked at.
    fn leave(self, all: &Installation) -> anyhow::Result<Arc<Books>> {
        self.stops.send_replace(true);
        let files = all.disk.files();
        self.runtime.block_on(async {
            for done in join_all(self.programmers).await {
                done?;
            }
            for editor in join_all(self.editors).await {
                editor?.compare_all(&files).await;
            }
            anyhow::Ok(())
        })?;
        Ok(self.books)
    }
}

impl Struck {
    /// What a fault did, in figures.
    fn new(happened: Happened, calm_after: Duration, books: &Books) -> Self {
        let troubles = books.troubles_since(happened.began);
        Self::of(happened, calm_after, &troubles)
    }
}
