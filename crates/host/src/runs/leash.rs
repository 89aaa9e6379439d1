//! The host's end of a leash: starting the helper, giving orders, hearing its reports.

use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    path::Path,
    process::Stdio,
};

use pythonide_sandbox::{
    Policy,
    leash::{Order, Report},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, Command},
};

/// A program's leash. Dropped, the control socket closes, and the helper ends the program.
#[derive(Debug)]
pub(super) struct Leash {
    helper: Child,
    orders: OwnedWriteHalf,
    reports: Lines<BufReader<OwnedReadHalf>>,
}

impl Leash {
    /// Starts the helper, `program leash`, and in it the program of `policy`.
    ///
    /// # Errors
    /// When the helper cannot be started, or a layer of confinement cannot be set up.
    pub(super) async fn start(
        program: &Path,
        policy: Policy,
        terminal: OwnedFd,
        events: OwnedFd,
    ) -> io::Result<Self> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let helper = Command::new(program)
            .arg("leash")
            .env_clear()
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(terminal))
            .stderr(Stdio::from(events))
            // Ctrl-C at the operator's terminal is for the host, which ends its programs in order.
            .process_group(0)
            .spawn()?;
        let (reports, orders) = UnixStream::from_std(ours)?.into_split();
        let mut leash = Self {
            helper,
            orders,
            reports: BufReader::new(reports).lines(),
        };
        leash.order(&Order::Start(Box::new(policy))).await?;
        match leash.next_report().await? {
            Some(Report::Started) => Ok(leash),
            Some(Report::Failed(error)) => Err(io::Error::other(error)),
            Some(Report::Ended(_)) | None => Err(io::Error::other("the leash ended at its start")),
        }
    }

    pub(super) async fn order(&mut self, order: &Order) -> io::Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        self.orders.write_all(&line).await
    }

    /// The next report; `None` when the helper is gone. May be dropped while it waits.
    pub(super) async fn next_report(&mut self) -> io::Result<Option<Report>> {
        match self.reports.next_line().await? {
            Some(line) => Ok(Some(serde_json::from_str(&line)?)),
            None => Ok(None),
        }
    }

    /// Waits until the helper itself is gone.
    pub(super) async fn gone(mut self) -> io::Result<()> {
        drop(self.orders);
        self.helper.wait().await.map(drop)
    }
}
