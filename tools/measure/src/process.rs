//! This process: its end on a signal, its limit of open files.

use anyhow::bail;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// Completes with the future, or with an error on SIGTERM and SIGINT. The future is dropped then, and with it all that it
/// has started.
///
/// # Errors
/// Those of the future, and "stopped".
pub async fn unless_stopped<T>(
    future: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        done = future => done,
        _ = terminate.recv() => bail!("stopped"),
        _ = interrupt.recv() => bail!("stopped"),
    }
}

/// Raises the limit of open files as far as it goes: for thousands of sockets here and in the server, which inherits it.
///
/// # Errors
/// Those of setrlimit(2).
pub fn raise_open_files() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    Ok(setrlimit(Resource::Nofile, limit)?)
}
