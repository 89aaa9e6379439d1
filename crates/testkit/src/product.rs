//! A product of one's own: `pythonide serve` on a free port over a fresh folder, ended with it.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub use crate::world::World;
use crate::{alone::Alone, browser::Browser, memory_group::MemoryGroup, processes};

/// How long loading the class's packages may take, and between two looks at whether they are.
const LOADS_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";

/// A class list: its name, and usernames with roles.
pub type Roster = (String, Vec<(String, &'static str)>);

/// What a product is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// As whom and where it runs.
    pub world: World,
    /// The binary.
    pub binary: PathBuf,
    /// The class's Python.
    pub python: PathBuf,
    /// Further settings of `pythonide serve`.
    pub settings: Vec<String>,
    /// Who is there.
    pub classes: Vec<Roster>,
    /// The memory cgroup that it runs in.
    pub memory: Option<Arc<MemoryGroup>>,
}

impl Setup {
    /// With students `ada` and `ben` and professor `noor` in one class, and a student, a professor
    /// `otto` and an administrator `root` in another.
    pub fn new(binary: PathBuf, python: PathBuf) -> Self {
        let class = |name: &str, members: &[(&str, &'static str)]| {
            let members = members
                .iter()
                .map(|(name, role)| ((*name).to_owned(), *role));
            (name.to_owned(), members.collect())
        };
        Self {
            world: World::AsItIs,
            binary,
            python,
            settings: Vec::new(),
            classes: vec![
                class(
                    "CS 101",
                    &[
                        ("ada", "student"),
                        ("ben", "student"),
                        ("noor", "professor"),
                    ],
                ),
                class(
                    "Physics",
                    &[
                        ("otto", "professor"),
                        ("root", "admin"),
                        ("cleo", "student"),
                    ],
                ),
            ],
            memory: None,
        }
    }

    /// The same with the binary and the Python of the tests that call this.
    pub fn of_tests() -> Self {
        Self::new(binary(), python().into())
    }

    /// The same with further settings.
    #[must_use]
    pub fn with(mut self, settings: &[&str]) -> Self {
        self.settings
            .extend(settings.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The same in another world.
    #[must_use]
    pub fn within(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// The same in a memory cgroup.
    #[must_use]
    pub fn within_memory(mut self, group: Arc<MemoryGroup>) -> Self {
        self.memory = Some(group);
        self
    }

    /// The same with students in a class of their own.
    #[must_use]
    pub fn with_students(mut self, names: &[String]) -> Self {
        let students = names.iter().map(|name| (name.clone(), "student"));
        self.classes.push(("Crowd".to_owned(), students.collect()));
        self
    }

    /// Waits until there is no other product, and starts one.
    pub fn start(self) -> Product {
        Product::of(self)
    }
}

/// A running product.
#[derive(Debug)]
pub struct Product {
    setup: Setup,
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    folder: TempDir,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    _alone: Alone,
}

impl Product {
    /// Starts the binary of the tests that call this, with the people of [`Setup::new`].
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// The same, with further settings.
    pub fn with(settings: &[&str]) -> Self {
        Self::of(Setup::of_tests().with(settings))
    }

    /// One after the other as root and as a plain user, where tests can be both.
    pub fn in_both_worlds() -> impl Iterator<Item = Self> {
        World::both().map(Self::within)
    }

    /// The same in all worlds that this machine can make.
    pub fn in_all_worlds() -> impl Iterator<Item = Self> {
        World::all().map(Self::within)
    }

    fn within(world: World) -> Self {
        Setup::of_tests().within(world).start()
    }

    fn of(setup: Setup) -> Self {
        let alone = Alone::wait();
        let folder = fresh_folder();
        setup.world.prepare(folder.path(), &setup.binary);
        for (name, members) in &setup.classes {
            enroll(&setup, folder.path(), name, members);
        }
        let (process, output, url) = serve(&setup, folder.path());
        Self {
            setup,
            process,
            output,
            folder,
            url,
            _alone: alone,
        }
    }

    /// Stops it in order and starts it again over the same data, without further settings.
    pub fn restart(&mut self) {
        self.stop();
        self.setup.settings.clear();
        (self.process, self.output, self.url) = serve(&self.setup, self.folder.path());
    }

    /// After the server was killed: waits until it listens again, at another port.
    pub fn find_server_again(&mut self) {
        self.url = next_url(&mut self.output).expect("it listens again");
    }

    /// Somebody who has signed in.
    pub async fn sign_in(&self, username: &str) -> Browser {
        Browser::sign_in(&self.url, username, PASSWORD).await
    }

    /// The folder that a user's files are in.
    pub fn home(&self, username: &str) -> PathBuf {
        self.folder.path().join("files/Local").join(username)
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// As whom and where it runs.
    pub fn world(&self) -> World {
        self.setup.world
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// All its processes, those that a container takes included, without the one that began.
    pub fn processes(&self) -> Vec<i32> {
        processes::descendants(self.pid())
    }

    /// Waits until programs come with the class's packages loaded.
    pub fn wait_until_warm(&self) {
        let due = Instant::now() + LOADS_WITHIN;
        while !self.processes().into_iter().any(processes::is_warm) {
            assert!(
                Instant::now() < due,
                "the packages are not loaded after {LOADS_WITHIN:?}"
            );
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The process ids of the parts: `host` or `server`.
    pub fn part(&self, name: &str) -> i32 {
        self.processes()
            .into_iter()
            .find(|pid| {
                processes::command(*pid)
                    .get(1)
                    .is_some_and(|word| word == name)
            })
            .unwrap_or_else(|| panic!("no process is the {name}"))
    }

    /// Kills what started the parts.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn pid(&self) -> i32 {
        self.process.id().try_into().unwrap()
    }

    /// Asks it to stop, and does not wait for that.
    pub fn ask_to_stop(&self) {
        // Gone already is stopped.
        let _ = kill_process(Pid::from_raw(self.pid()).unwrap(), Signal::TERM);
    }

    /// Waits until it has stopped.
    pub fn wait(&mut self) {
        self.process.wait().unwrap();
    }

    fn stop(&mut self) {
        self.ask_to_stop();
        let _ = self.process.wait();
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A folder that students' uids can reach.
pub fn fresh_folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("pythonide-test-")
        .tempdir_in("/var/tmp")
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

/// Runs a command of the tests' binary over the data in `folder`.
pub fn pythonide(folder: &Path, arguments: &[&str]) -> Output {
    World::AsItIs
        .command(folder, &binary())
        .args(arguments)
        .output()
        .unwrap()
}

/// The same in another world, over a data folder that is made ready for it.
pub fn pythonide_within(world: World, folder: &Path, arguments: &[&str]) -> Output {
    world.prepare(folder, &binary());
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    world
        .serving(folder, &binary(), &arguments)
        .output()
        .unwrap()
}

/// The same with something on standard input.
pub fn pythonide_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = World::AsItIs
        .command(folder, &binary())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// The class's Python, as `cargo xtask test` made it, or the system's.
#[expect(clippy::disallowed_methods, reason = "tests have no settings")]
pub fn python() -> String {
    std::env::var("PYTHONIDE_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".to_owned())
}

/// The binary that cargo has built for the tests that run.
#[expect(clippy::disallowed_methods, reason = "how cargo tells it")]
fn binary() -> PathBuf {
    std::env::var("CARGO_BIN_EXE_pythonide")
        .expect("cargo names the binary to tests of its own package")
        .into()
}

fn enroll(setup: &Setup, folder: &Path, class: &str, members: &[(String, &str)]) {
    let mut list = String::from("username,role,password\n");
    for (username, role) in members {
        list.extend([username, ",", role, ",", PASSWORD, "\n"]);
    }
    let path = folder.join("roster.csv");
    std::fs::write(&path, list).unwrap();
    let output = setup
        .world
        .command(folder, &setup.binary)
        .args(["users", "import", path.to_str().unwrap(), "--class", class])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn serve(setup: &Setup, folder: &Path) -> (Child, Lines<BufReader<ChildStdout>>, String) {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let python = setup.python.to_string_lossy();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--python", &python];
    let arguments: Vec<_> = arguments
        .into_iter()
        .map(str::to_owned)
        .chain(setup.settings.iter().cloned())
        .collect();
    let mut command = setup.world.serving(folder, &setup.binary, &arguments);
    if let Some(group) = &setup.memory {
        command = group.with(&command);
    }
    let mut process: Child = start(command, log);
    let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
    let Some(url) = next_url(&mut output) else {
        let _ = process.wait();
        panic!(
            "it did not start:\n{}",
            std::fs::read_to_string(folder.join("log")).unwrap()
        );
    };
    (process, output, url)
}

fn start(mut command: Command, log: std::fs::File) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn next_url(output: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    let line = output
        .map_while(Result::ok)
        .find(|line| line.starts_with("listening on "))?;
    Some(line.trim_start_matches("listening on ").to_owned())
}
