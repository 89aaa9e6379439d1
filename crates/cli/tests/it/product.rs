//! A product of the test's own: `pythonide serve` on a free port over a fresh folder, ended with it.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;

use crate::browser::Browser;

pub(crate) const PASSWORD: &str = "correct horse";

/// As whom the product runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    /// As the tests: root in CI.
    AsItIs,
    /// A user without rights; all students' programs run as this one, kept apart by Landlock.
    Plain,
}

/// The plain user: one that nobody else is.
const PLAIN_UID: u32 = 59_990;
/// The binary that this user executes, in the data folder.
const PLAIN_BINARY: &str = "pythonide";

/// One at a time: every installation gives its students the same uids, and the system counts the
/// processes of a uid.
static ALONE: Mutex<()> = Mutex::new(());

/// A running product.
pub(crate) struct Product {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    folder: TempDir,
    pub(crate) url: String,
    _alone: MutexGuard<'static, ()>,
}

impl Product {
    /// Starts with students `ada` and `ben` and professor `noor` in one class, and a professor
    /// `otto` and an administrator `root` in another.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same, with further settings.
    pub(crate) fn with(settings: &[&str]) -> Self {
        Self::in_world(World::AsItIs, settings)
    }

    /// One after the other as root and as a plain user, where tests can be both.
    pub(crate) fn in_both_worlds() -> impl Iterator<Item = Self> {
        let plain = rustix::process::geteuid().is_root().then_some(World::Plain);
        std::iter::once(World::AsItIs)
            .chain(plain)
            .map(|world| Self::in_world(world, &[]))
    }

    fn in_world(world: World, settings: &[&str]) -> Self {
        // A test that failed has ended its product all the same.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = fresh_folder();
        if world == World::Plain {
            give_to_plain_user(folder.path());
        }
        let roster = |name: &str, rows: &[(&str, &str)]| {
            let mut list = String::from("username,role,password\n");
            for (username, role) in rows {
                list.extend([username, ",", role, ",", PASSWORD, "\n"]);
            }
            let path = folder.path().join("roster.csv");
            std::fs::write(&path, list).unwrap();
            let output = pythonide(
                folder.path(),
                &["users", "import", path.to_str().unwrap(), "--class", name],
            );
            assert!(output.status.success(), "{output:?}");
        };
        roster(
            "CS 101",
            &[
                ("ada", "student"),
                ("ben", "student"),
                ("noor", "professor"),
            ],
        );
        roster(
            "Physics",
            &[
                ("otto", "professor"),
                ("root", "admin"),
                ("cleo", "student"),
            ],
        );
        let (process, output, url) = serve(folder.path(), settings);
        Self {
            process,
            output,
            folder,
            url,
            _alone: alone,
        }
    }

    /// Stops it in order and starts it again over the same data.
    pub(crate) fn restart(&mut self) {
        self.stop();
        (self.process, self.output, self.url) = serve(self.folder.path(), &[]);
    }

    /// After the server was killed: waits until it listens again, at another port.
    pub(crate) fn find_server_again(&mut self) {
        self.url = next_url(&mut self.output).expect("it listens again");
    }

    /// Somebody who has signed in.
    pub(crate) async fn sign_in(&self, username: &str) -> Browser {
        Browser::sign_in(&self.url, username, PASSWORD).await
    }

    /// The folder that a user's files are in.
    pub(crate) fn home(&self, username: &str) -> PathBuf {
        self.folder.path().join("files/Local").join(username)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The process ids of the parts: `host` or `server`.
    pub(crate) fn part(&self, name: &str) -> i32 {
        let children = format!("/proc/{0}/task/{0}/children", self.process.id());
        let children = std::fs::read_to_string(children).unwrap();
        let mut pids = children
            .split_whitespace()
            .map(|pid| pid.parse::<i32>().unwrap());
        let is_it = |pid: &i32| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            command.split(|byte| *byte == 0).nth(1) == Some(name.as_bytes())
        };
        pids.find(is_it)
            .unwrap_or_else(|| panic!("no process is the {name}"))
    }

    /// Kills what started the parts.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn stop(&mut self) {
        let pid = rustix::process::Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        // Gone already is stopped.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.process.wait();
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A folder that students' uids can reach.
pub(crate) fn fresh_folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("pythonide-test-")
        .tempdir_in("/var/tmp")
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

/// Runs a command of the binary over the data in `folder`.
pub(crate) fn pythonide(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().unwrap()
}

/// The same with something on standard input.
pub(crate) fn pythonide_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = command(folder)
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
pub(crate) fn python() -> String {
    std::env::var("PYTHONIDE_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".to_owned())
}

/// Gives the folder to the plain user, with a binary that this user can execute.
fn give_to_plain_user(folder: &Path) {
    std::fs::copy(env!("CARGO_BIN_EXE_pythonide"), folder.join(PLAIN_BINARY)).unwrap();
    std::os::unix::fs::chown(folder, Some(PLAIN_UID), Some(PLAIN_UID)).unwrap();
}

fn command(folder: &Path) -> Command {
    let plain = folder.join(PLAIN_BINARY);
    let mut command = if plain.exists() {
        let mut command = Command::new(plain);
        command.uid(PLAIN_UID).gid(PLAIN_UID);
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_pythonide"))
    };
    // As on a machine where nothing is set.
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("IDE_DATA_DIR", folder)
        .current_dir(folder);
    command
}

fn serve(folder: &Path, settings: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>, String) {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let mut process = command(folder)
        .args(["serve", "--listen", "127.0.0.1:0", "--python", &python()])
        .args(settings)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
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

fn next_url(output: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    let line = output
        .map_while(Result::ok)
        .find(|line| line.starts_with("listening on "))?;
    Some(line.trim_start_matches("listening on ").to_owned())
}
