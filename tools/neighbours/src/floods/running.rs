//! A flood that is under way, as the bench sees it.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use pythonide_testkit::product::Product;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Flood, client::BEGUN};

/// How long a flood may take to be under way.
const BEGIN_TIMEOUT: Duration = Duration::from_mins(1);
/// How long the product may take to end the attackers' programs.
const END_TIMEOUT: Duration = Duration::from_mins(1);

/// The attackers' client. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// When the client was started: what it did before the flood was under way counts, too.
    started: Instant,
}

impl Running {
    /// Starts the flood and returns when it is under way.
    pub(crate) async fn begin(flood: Flood, product: &Product) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["flood", "--flood", flood.name(), "--url", &product.url])
            .args(["--users", &flood.attackers().join(",")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("could not start the attackers' client")?;
        let output = child.stdout.take().context("the output is not piped")?;
        let mut output = BufReader::new(output).lines();
        let line = timeout(BEGIN_TIMEOUT, output.next_line())
            .await
            .context("the flood does not begin")??;
        ensure!(line.as_deref() == Some(BEGUN), "the flood ended too soon");
        Ok(Self {
            child,
            output,
            started,
        })
    }

    /// Ends the flood and returns how much it did a second.
    pub(crate) async fn end(mut self) -> anyhow::Result<f64> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the flood ended on its own ({status})");
        }
        drop(self.child.stdin.take());
        let seconds = self.started.elapsed().as_secs_f64();
        let ended = async {
            let done = self.output.next_line().await?;
            let status = self.child.wait().await?;
            ensure!(status.success(), "the attackers' client failed ({status})");
            let done = done.context("the flood does not say how much it did")?;
            Ok(done.parse::<f64>()? / seconds)
        };
        timeout(END_TIMEOUT, ended)
            .await
            .context("the flood does not end")?
    }
}
