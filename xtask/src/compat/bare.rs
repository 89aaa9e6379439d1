//! A test module without us: as a user without rights, at a terminal, in a folder of its own.

use std::{
    io::Read,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use anyhow::Context;
use pythonide_testkit::{processes, product::fresh_folder};
use rustix::process::{Pid, Signal, kill_process};

use super::outcome::Ran;

/// The first of those users: ones that nobody else is.
const UID: u32 = 59_980;

/// Runs a module and waits for its end, and ends what it leaves.
pub(super) fn run(
    python: &Path,
    worker: u32,
    source: &str,
    within: Duration,
) -> anyhow::Result<Ran> {
    let folder = fresh_folder();
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary)?;
    std::fs::write(folder.path().join("run_test.py"), source)?;
    let uid = rustix::process::geteuid().is_root().then_some(UID + worker);
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{} run_test.py", python.display()))
        .arg("/dev/null")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder.path())
        .env("TMPDIR", &temporary)
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder.path())
        // A terminal at which nobody types.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(uid) = uid {
        chown(folder.path(), Some(uid), Some(uid))?;
        chown(&temporary, Some(uid), Some(uid))?;
        command.uid(uid).gid(uid);
    }
    let start = Instant::now();
    let mut child = command.spawn().context("could not start script(1)")?;
    let silent = child.stdin.take();
    let mut pipe = child.stdout.take().context("the output is not piped")?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        let _ = pipe.read_to_end(&mut output);
        let _ = tell.send(output);
    });
    let mut is_late = false;
    let output = match told.recv_timeout(within) {
        Ok(output) => output,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            is_late = true;
            end_all(uid, child.id());
            told.recv().unwrap_or_default()
        }
    };
    drop(silent);
    let status = child.wait()?;
    let took = start.elapsed();
    end_all(uid, child.id());
    let text = String::from_utf8_lossy(&output).replace("\r\n", "\n");
    Ok(if is_late {
        Ran::timed_out(&text, took)
    } else {
        Ran::read(&text, &status.to_string(), took)
    })
}

/// Ends all processes of a worker's user, or what a command has started.
fn end_all(uid: Option<u32>, command: u32) {
    let all = || match uid {
        Some(uid) => processes::all()
            .into_iter()
            .filter(|pid| processes::uid(*pid) == Some(uid) && processes::is_alive(*pid))
            .collect(),
        None => i32::try_from(command).map_or_else(|_| Vec::new(), processes::descendants),
    };
    // What is started meanwhile is there in the next round.
    for _ in 0..100 {
        let left = all();
        if left.is_empty() {
            return;
        }
        for pid in left.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
