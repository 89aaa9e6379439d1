//! Floods by programs, which their owners start again whenever they are ended.

use std::time::Duration;

use futures::future::try_join_all;
use pythonide_testkit::{browser::Browser, product::PASSWORD, student::Student};
use tokio::sync::watch;

use super::client::Progress;

/// The program's file. Each program prints something first.
pub(super) const FILE: &str = "flood.py";
/// Longer than any program floods.
const TIMEOUT: Duration = Duration::from_mins(10);

pub(super) const EVENTS: &str = "\
import os, select

LINES = b'{\"event\": \"hint\", \"text\": \"\"}\\n' * 100
os.set_blocking(3, False)
print('go', flush=True)
rest = LINES
while True:
    try:
        rest = rest[os.write(3, rest) :] or LINES
    except BlockingIOError:
        select.select([], [3], [], 0.1)
";

pub(super) const FORK_BOMB: &str = "\
import os

print('go', flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
";

pub(super) const FORK_EXEC: &str = "\
import os

print('go', flush=True)
for _ in range(20):
    try:
        if os.fork() == 0:
            break
    except OSError:
        break
while True:
    try:
        os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)
    except OSError:
        pass
";

/// Mapped and closed, the files have no name and no descriptor. In a container `/dev/shm` is full before the last of them.
pub(super) const SHARED_MEMORY: &str = "\
import mmap, os

SIZE = 50 << 20
print('go', flush=True)
while True:
    maps = []
    try:
        for number in range(30):
            name = f'/dev/shm/flood-{os.getpid()}-{number}'
            file = os.open(name, os.O_RDWR | os.O_CREAT)
            os.unlink(name)
            try:
                for _ in range(SIZE >> 20):
                    os.write(file, bytes(1 << 20))
                maps.append(mmap.mmap(file, SIZE))
            finally:
                os.close(file)
    except OSError:
        pass
";

pub(super) const OUTPUT: &str = "\
print('go', flush=True)
while True:
    print('x' * 1000)
";

pub(super) const BUSY: &str = "\
import os

print('go', flush=True)
for _ in range(7):
    if os.fork() == 0:
        break
while True:
    pass
";

/// Runs the program of each user until it is asked to stop, and then ends them.
pub(super) async fn flood(
    url: &str,
    users: &[String],
    progress: &Progress,
    stopped: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let all = users
        .iter()
        .map(|user| run_again_and_again(url, user, progress, stopped.clone()));
    try_join_all(all).await.map(drop)
}

async fn run_again_and_again(
    url: &str,
    user: &str,
    progress: &Progress,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut student = Student::at(Browser::sign_in(url, user, PASSWORD).await).await;
    let mut has_begun = false;
    loop {
        progress.count();
        let run = student.watch(FILE, TIMEOUT, 0, |_| {
            if !has_begun {
                has_begun = true;
                progress.begun();
            }
        });
        tokio::select! {
            outcome = run => drop(outcome?),
            _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
        }
    }
    student.stop().await
}
