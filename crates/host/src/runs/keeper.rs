//! The host's end of its keeper: starting it, and again when it is lost; orders and reports.

use std::{
    collections::HashMap,
    io,
    os::fd::{AsFd, OwnedFd},
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use pythonide_sandbox::{
    Policy, Warmth,
    keeper::{Ended, Equipment, Order, PoolState, Report},
    packets,
};
use tokio::{
    io::unix::AsyncFd,
    process::{Child, Command},
    sync::{Notify, mpsc, watch},
    time::sleep,
};

/// Between two tries to start a keeper.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// The keeper of this host, whichever process it is now.
#[derive(Debug)]
pub(crate) struct Keeper {
    socket: watch::Receiver<Option<Arc<AsyncFd<OwnedFd>>>>,
    programs: Arc<Programs>,
    last_number: AtomicU64,
}

/// Who waits for reports, by the program's number.
#[derive(Debug, Default)]
struct Programs {
    reports: Mutex<HashMap<u64, Waiting>>,
    pool: Mutex<Vec<PoolState>>,
    lost: AtomicU64,
}

/// Whoever waits for reports on one program.
#[derive(Debug)]
struct Waiting {
    reports: mpsc::Sender<Report>,
    works: Arc<Notify>,
}

/// A program in the keeper's hands. Dropped, it is ended.
#[derive(Debug)]
pub(super) struct Held {
    number: u64,
    socket: Arc<AsyncFd<OwnedFd>>,
    reports: mpsc::Receiver<Report>,
    works: Arc<Notify>,
    programs: Arc<Programs>,
}

impl Keeper {
    /// Starts the keeper, `program keeper`, and sees to it that there always is one.
    pub(crate) fn start(program: PathBuf, equipment: Equipment) -> Self {
        let programs = Arc::new(Programs::default());
        let (sender, socket) = watch::channel(None);
        tokio::spawn(keep_one(program, equipment, Arc::clone(&programs), sender));
        Self {
            socket,
            programs,
            last_number: AtomicU64::new(0),
        }
    }

    /// A number for a program, given once.
    pub(super) fn number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Starts the program of `policy` on a terminal, with a socket for its runtime's events; in place of
    /// another, which is ended before anything of the student's runs.
    ///
    /// # Errors
    /// When there is no keeper, or a layer of confinement cannot be set up.
    pub(super) async fn start_program(
        &self,
        number: u64,
        instead_of: Option<u64>,
        policy: Policy,
        terminal: &OwnedFd,
        events: OwnedFd,
    ) -> io::Result<Held> {
        let mut sockets = self.socket.clone();
        let socket = sockets
            .wait_for(Option::is_some)
            .await
            .map_err(io::Error::other)?
            .clone()
            .ok_or_else(|| io::Error::other("there is no keeper"))?;
        let (sender, reports) = mpsc::channel(4);
        let works = Arc::new(Notify::new());
        let waiting = Waiting {
            reports: sender,
            works: Arc::clone(&works),
        };
        self.programs.reports().insert(number, waiting);
        let mut held = Held {
            number,
            socket,
            reports,
            works,
            programs: Arc::clone(&self.programs),
        };
        let policy = Box::new(policy);
        let order = Order::Start {
            run: number,
            policy,
            instead_of,
        };
        send(&held.socket, &order, &[terminal, &events]).await?;
        match held.next_report().await {
            Some(Report::Started { .. }) => Ok(held),
            Some(Report::Failed { error, .. }) => Err(io::Error::other(error)),
            _ => Err(io::Error::other("the keeper was lost")),
        }
    }

    /// Lets all programs do something until then; `None` is for ever.
    pub(crate) async fn live_until(&self, until: Option<Instant>) -> io::Result<()> {
        let monotonic_ms = until.map_or(u64::MAX, |until| {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            let now = Duration::new(now.tv_sec.unsigned_abs(), 0)
                + Duration::from_nanos(now.tv_nsec.unsigned_abs());
            let left = until.saturating_duration_since(Instant::now());
            u64::try_from((now + left).as_millis()).unwrap_or(u64::MAX)
        });
        let socket = self.socket.borrow().clone();
        match socket {
            Some(socket) => send(&socket, &Order::LiveUntil { monotonic_ms }, &[]).await,
            // The programs went with their keeper; the next one is told.
            None => Ok(()),
        }
    }

    /// Completes when there is another keeper than at the call.
    pub(crate) fn is_another(&self) -> impl Future<Output = ()> + use<> {
        let mut sockets = self.socket.clone();
        sockets.mark_unchanged();
        async move {
            // The sender lives as long as the host.
            let _ = sockets.changed().await;
        }
    }

    /// Whether the class's packages are loaded, and all that loading them makes on disk is there.
    pub(super) fn has_loaded_packages(&self) -> bool {
        let pool = self.programs.pool();
        pool.iter()
            .any(|state| state.warmth == Warmth::Full && state.is_ready)
    }

    /// How the zygotes are, and how often a keeper was lost.
    pub(crate) fn state(&self) -> (Vec<PoolState>, u64) {
        let pool = self.programs.pool().clone();
        (pool, self.programs.lost.load(Ordering::Relaxed))
    }
}

impl Programs {
    fn reports(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        // Nothing panics while it is held.
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> MutexGuard<'_, Vec<PoolState>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub(super) async fn interrupt(&self) -> io::Result<()> {
        send(&self.socket, &Order::Interrupt { run: self.number }, &[]).await
    }

    pub(super) async fn terminate(&self) -> io::Result<()> {
        send(&self.socket, &Order::Terminate { run: self.number }, &[]).await
    }

    pub(super) async fn kill(&self) -> io::Result<()> {
        send(&self.socket, &Order::Kill { run: self.number }, &[]).await
    }

    /// How the program ended, once nothing of it is left; `None` when the keeper was lost, and the
    /// program with it. May be dropped while it waits.
    pub(super) async fn ended(&mut self) -> Option<Ended> {
        match self.next_report().await {
            Some(Report::Ended { ended, .. }) => Some(ended),
            _ => None,
        }
    }

    /// Tells when the program has used processor time.
    pub(super) fn works(&self) -> Arc<Notify> {
        Arc::clone(&self.works)
    }

    async fn next_report(&mut self) -> Option<Report> {
        self.reports.recv().await
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let is_over = self.programs.reports().remove(&self.number).is_none();
        if !is_over {
            let (socket, run) = (Arc::clone(&self.socket), self.number);
            tokio::spawn(async move { send(&socket, &Order::Kill { run }, &[]).await });
        }
    }
}

/// Runs one keeper after the other, for as long as the host lives.
async fn keep_one(
    program: PathBuf,
    equipment: Equipment,
    programs: Arc<Programs>,
    current: watch::Sender<Option<Arc<AsyncFd<OwnedFd>>>>,
) {
    while !current.is_closed() {
        match begin(&program, &equipment).await {
            Ok((mut process, socket)) => {
                current.send_replace(Some(Arc::clone(&socket)));
                let error = dispatch(&socket, &programs).await;
                current.send_replace(None);
                // Nobody will report on these again.
                programs.reports().clear();
                let ended = process.wait().await;
                programs.lost.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    ?ended,
                    ?error,
                    "the keeper was lost, and its programs with it"
                );
            }
            Err(error) => tracing::error!(%error, "the keeper could not be started"),
        }
        sleep(TRY_EVERY).await;
    }
}

async fn begin(
    program: &std::path::Path,
    equipment: &Equipment,
) -> io::Result<(Child, Arc<AsyncFd<OwnedFd>>)> {
    let (ours, theirs) = packets::pair()?;
    rustix::fs::fcntl_setfl(&ours, rustix::fs::OFlags::NONBLOCK)?;
    let process = Command::new(program)
        .arg("keeper")
        .env_clear()
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        // Ctrl-C at the operator's terminal is for the host, which ends its programs in order.
        .process_group(0)
        .spawn()?;
    let socket = Arc::new(watch_socket(ours)?);
    send(&socket, &Order::Begin(Box::new(equipment.clone())), &[]).await?;
    Ok((process, socket))
}

/// Passes reports on to those who wait for them, until the keeper is gone.
async fn dispatch(socket: &AsyncFd<OwnedFd>, programs: &Programs) -> io::Result<()> {
    loop {
        let received = socket
            .async_io(tokio::io::Interest::READABLE, |socket| {
                packets::receive(socket)
            })
            .await?;
        let Some((report, _)) = received else {
            return Ok(());
        };
        let number = match &report {
            Report::Started { run } | Report::Failed { run, .. } | Report::Ended { run, .. } => {
                *run
            }
            Report::Working { run } => {
                if let Some(waiting) = programs.reports().get(run) {
                    waiting.works.notify_one();
                }
                continue;
            }
            Report::Pool(states) => {
                programs.pool().clone_from(states);
                continue;
            }
        };
        let is_last = !matches!(report, Report::Started { .. });
        let mut reports = programs.reports();
        if let Some(waiting) = reports.get(&number) {
            // At most two come for each, and there is room for them; or nobody waits any more.
            let _ = waiting.reports.try_send(report);
        }
        if is_last {
            reports.remove(&number);
        }
    }
}

async fn send(socket: &AsyncFd<OwnedFd>, order: &Order, along: &[&OwnedFd]) -> io::Result<()> {
    let along: Vec<_> = along.iter().map(|descriptor| descriptor.as_fd()).collect();
    socket
        .async_io(tokio::io::Interest::WRITABLE, |socket| {
            packets::send(socket, order, &along)
        })
        .await
}

#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types whose descriptor may change; an OwnedFd's does not"
)]
fn watch_socket(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(socket)
}
