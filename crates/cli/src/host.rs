//! `pythonide host`

use anyhow::Context;
use clap::Args;
use pythonide_host::{HostSettings, files::Owner};
use pythonide_sandbox::{Identity, identity, service};
use pythonide_server::SHARED_UID;

use crate::{logging::LogSettings, output};

/// How the line begins that a host writes when it listens.
pub(crate) const READY: &str = "ready at";

/// Starts a host: it keeps the students' files and runs their programs, confined. It has no public
/// port, no database and no secret.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pythonide host --files /mnt/efs --link unix:/run/pythonide/host.sock --scratch /var/lib/pythonide/host")]
pub(crate) struct Host {
    #[command(flatten)]
    settings: HostSettings,
    /// The process to end with: that of `pythonide serve`.
    #[arg(long, env = "IDE_PARENT", hide = true)]
    parent: Option<u32>,
    #[command(flatten)]
    log: LogSettings,
}

impl Host {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.log.start()?;
        if identity::is_root() {
            // Before any thread: a thread keeps the groups it was made with.
            identity::leave_groups().context("could not leave the groups of the login")?;
        }
        service::hide()?;
        if let Some(parent) = self.parent {
            service::end_with(parent)?;
        }
        serve(self.settings)
    }
}

#[tokio::main]
async fn serve(settings: HostSettings) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("could not find this binary")?;
    let shared = Owner::Shared {
        identity: Identity::of(SHARED_UID),
    };
    let running = pythonide_host::serve(settings, program, shared).await?;
    output::line(format_args!("{READY} {}", running.link()));
    running.until(shutdown()?).await?;
    Ok(())
}

/// Completes when the process is asked to stop.
pub(crate) fn shutdown() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
