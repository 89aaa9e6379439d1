//! The attackers' client: a process of its own, which the bench starts.
//!
//! It writes `begun` to its standard output when the flood is under way, floods until its standard input ends, and then
//! writes how much it has done.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use anyhow::bail;
use clap::Args;
use pythonide_measure::output::tell;
use tokio::sync::watch;

use super::{Flood, logs, programs, requests};

/// What the client writes when the flood is under way.
pub(super) const BEGUN: &str = "begun";
/// In real life the attackers' machines are elsewhere. Here the client has what the product and the neighbour leave of the
/// processors, so that the flood costs what it costs the product.
const NICE: i32 = 19;

/// Floods the product (started by the bench).
#[derive(Debug, Args)]
pub(crate) struct Client {
    #[arg(long, value_enum)]
    flood: Flood,
    #[arg(long)]
    url: String,
    #[arg(long, value_delimiter = ',')]
    users: Vec<String>,
}

/// How far a flood is; clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// Attackers who have not begun.
    waiting: Arc<AtomicUsize>,
    done: Arc<AtomicU64>,
}

impl Progress {
    fn of(attackers: usize) -> Self {
        Self {
            waiting: Arc::new(AtomicUsize::new(attackers)),
            done: Arc::default(),
        }
    }

    /// Notes that one attacker's flood is under way. Each attacker calls it once.
    pub(super) fn begun(&self) {
        if self.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            tell(BEGUN);
        }
    }

    /// Counts a request, a start or whatever the flood consists of.
    pub(super) fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Client {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        rustix::process::nice(NICE)?;
        let progress = Progress::of(self.users.len());
        let (stop, stopped) = watch::channel(false);
        std::thread::spawn(move || {
            // It ends with the bench, too, however that ends.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = stop.send(true);
        });
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(self.flood(&progress, stopped))?;
        tell(progress.done.load(Ordering::Relaxed));
        Ok(())
    }

    /// Returns when it was asked to stop and nothing of the attackers' programs is left.
    async fn flood(
        &self,
        progress: &Progress,
        mut stopped: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        if self.flood.program().is_some() {
            return programs::flood(&self.url, &self.users, progress, stopped).await;
        }
        let Some(user) = self.users.first() else {
            bail!("a flood has an attacker");
        };
        let flood = async {
            match self.flood {
                Flood::Downloads => requests::downloads(&self.url, user, progress).await,
                Flood::Uploads => requests::uploads(&self.url, user, progress).await,
                Flood::Usage => requests::usage(&self.url, user, progress).await,
                Flood::SignIns => requests::sign_ins(&self.url, progress).await,
                _ => logs::flood(&self.url, user, progress).await,
            }
        };
        tokio::select! {
            ended = flood => match ended? {},
            _ = stopped.wait_for(|is_stopped| *is_stopped) => Ok(()),
        }
    }
}
