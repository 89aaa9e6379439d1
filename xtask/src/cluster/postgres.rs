//! A PostgreSQL server that can be killed, and started again over the same data.

use std::{
    io::{BufRead, BufReader, copy, sink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, ensure};
use pythonide_testkit::processes;
use rustix::process::{Pid, Signal, kill_process};

use super::network::free_port;
use crate::process::run;

/// Where Debian has it.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
const USER: &str = "postgres";

/// A server, ended when it is dropped.
#[derive(Debug)]
pub(super) struct Postgres {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Postgres {
    /// Makes one whose data is in `folder`.
    pub(super) fn new(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("postgres");
        std::fs::create_dir(&folder)?;
        run(own("chown", &[USER, &folder.display().to_string()]))?;
        let mut make = program("initdb");
        make.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--pgdata"])
            .arg(folder.join("data"))
            .stdout(Stdio::null());
        run(make)?;
        let port = free_port()?;
        let child = start(&folder, port)?;
        Ok(Self {
            folder,
            port,
            child,
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends all its processes as a crash does, and starts it again.
    pub(super) fn crash(&mut self) -> anyhow::Result<()> {
        let server = i32::try_from(self.child.id())?;
        let others = processes::descendants(server);
        self.child.kill()?;
        for pid in others {
            // Those that saw the first one die may be gone.
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
        }
        self.child.wait()?;
        self.child = start(&self.folder, self.port)?;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nobody needs its data any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the server over its data, and waits until it takes connections.
fn start(folder: &Path, port: u16) -> anyhow::Result<Child> {
    let mut child = program("postgres")
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .stderr(Stdio::piped())
        .spawn()?;
    let log = child.stderr.take().context("the log is not piped")?;
    let mut log = BufReader::new(log);
    let mut said = String::new();
    while !said.contains("ready to accept connections") {
        let length = log.read_line(&mut said)?;
        ensure!(length > 0, "PostgreSQL did not start:\n{said}");
    }
    // A full pipe would stop it.
    thread::spawn(move || copy(&mut log, &mut sink()));
    Ok(child)
}

/// One of its programs, as the user that they want, ended with this process.
fn program(name: &str) -> Command {
    let program = format!("{PROGRAMS}/{name}");
    let (uid, gid) = (format!("--reuid={USER}"), format!("--regid={USER}"));
    let mut command = own(
        "setpriv",
        &[&uid, &gid, "--clear-groups", "--pdeathsig=KILL", &program],
    );
    command.stdin(Stdio::null());
    command
}

fn own(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir("/");
    command
}
