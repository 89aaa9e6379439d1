//! From settings to a host that answers.

use std::{
    fs::{File, TryLockError},
    io,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hyper::Uri;
use pythonide_link::{
    CONNECTION_WINDOW, LinkAddress, LinkAddresses, LinkError, Listener, MAX_MESSAGE_BYTES,
    MAX_RESETS, MAX_STREAMS, STREAM_WINDOW, wire::host_server::HostServer,
};
use pythonide_sandbox::{
    Identity, Separation, identity,
    probe::{self, Trial},
};
use tokio::{sync::watch, time::timeout};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    files::{Owner, Quotas, Root, homes},
    protection,
    python::Python,
    runs::{
        Admission, Cause, House, Keeper, Launcher, Records, Runs, Transcripts, Turns, open_folders,
        prepare_temporary_folders,
    },
    runtime::Runtime,
    service::Service,
    settings::HostSettings,
    tenure::{Tenure, Until},
};

/// As whom is tried whether students can get somewhere: a student who has nothing yet.
const SOMEBODY: Identity = Identity {
    uid: 59_999,
    gid: 59_999,
};

/// How long a host that has ended waits to be asked about that: servers ask each second.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

/// Why a host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Programs of different students could reach each other.
    #[error(
        "nothing here separates the students' programs: run as root, or on a kernel with Landlock ABI 6 \
         (Linux 6.12), or, for one person at the own machine, with --allow-unseparated"
    )]
    Unseparated,
    /// The class's Python does not start.
    #[error("the class's Python at {path} does not start (see --python)")]
    Python {
        /// Where it was looked for.
        path: PathBuf,
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: io::Error,
    },
    /// A student's programs could not get there.
    #[error(
        "students cannot reach {path}: every folder on the way to it must be traversable by all (chmod o+x), \
         so a folder in somebody's home will not do"
    )]
    Unreachable {
        /// What they must reach.
        path: PathBuf,
    },
    /// Servers cannot reach it.
    #[error("could not listen at {address}")]
    Link {
        /// Where.
        address: String,
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: LinkError,
    },
    /// It listens everywhere, and there is nowhere.
    #[error(
        "could not find out at which address servers elsewhere reach this host: give it with --advertise"
    )]
    NoAddress {
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: io::Error,
    },
    /// A folder is not usable, or the link broke.
    #[error("could not {doing} {path}")]
    Io {
        /// What failed.
        doing: &'static str,
        /// With what.
        path: String,
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: io::Error,
    },
}

/// Checks all that a host needs and listens at the address of the settings.
///
/// `program` is this binary, which is started again as keeper and as probe; `shared` owns what
/// professors hand out.
///
/// # Errors
/// When the host cannot start. Nothing is served then.
pub async fn serve(
    settings: HostSettings,
    program: PathBuf,
    shared: Owner,
) -> Result<Running, StartError> {
    let separation = probe::separation(&program);
    if separation == Separation::Nothing && !settings.allow_unseparated {
        return Err(StartError::Unseparated);
    }
    if separation == Separation::Nothing {
        tracing::warn!("nothing separates the programs of different users: this is for one person");
    }
    let python = Python::find(&settings.python).map_err(|source| StartError::Python {
        path: settings.python.clone(),
        source,
    })?;
    let at = |doing, path: &Path| {
        let path = path.display().to_string();
        move |source| StartError::Io {
            doing,
            path,
            source,
        }
    };
    let (scratch, taken) =
        prepare_scratch(&settings.scratch).map_err(at("prepare", &settings.scratch))?;
    let runtime = Runtime::write(&scratch).map_err(at("write the runtime to", &scratch))?;
    homes::lay_out(&settings.files, &shared).map_err(at("lay out", &settings.files))?;
    let root = Root::open(&settings.files).map_err(at("open", &settings.files))?;
    for path in [root.path(), &scratch, &python.path] {
        if !is_reachable(path) {
            return Err(StartError::Unreachable {
                path: path.to_owned(),
            });
        }
    }
    let not_linked = |source| StartError::Link {
        address: settings.link.to_string(),
        source,
    };
    let key = settings.link_key.read().map_err(not_linked)?;
    let listener = pythonide_link::bind_all(&settings.link, key.as_ref()).await;
    let listener = listener.map_err(not_linked)?;
    tracing::info!(
        link = %settings.link, files = %root.path().display(), python.version = python.version(),
        separation = separation.as_str(), "the host is ready"
    );
    let has_landlock = probe::attempt(&program, Trial::Landlock).fault.is_none();
    let has_namespaces = probe::attempt(&program, Trial::Namespaces).fault.is_none();
    let launcher = Launcher {
        python,
        runtime,
        separation,
        scratch,
        open_folders: open_folders(separation, has_landlock, has_namespaces),
        settings: settings.runs,
    };
    if separation == Separation::Uid && !has_landlock && !has_namespaces {
        for device in DEVICES_OF_OURS {
            keep_to_ourselves(device).map_err(at("close", Path::new(device)))?;
        }
    }
    let keeper = Keeper::start(program, launcher.equipment(has_namespaces));
    let runs = &launcher.settings;
    let house = House {
        admission: Admission::new(runs.runs.into(), runs.free_memory_bytes()),
        turns: Turns::new(),
        plot_room: Arc::default(),
        records: Records::open(root.path()).map_err(at("prepare", root.path()))?,
        transcripts: Transcripts::open(root.path()).map_err(at("prepare", root.path()))?,
        quotas: Quotas::new(runs.home()),
        writes: watch::Sender::new(()),
        launcher,
        keeper,
    };
    let address = match &settings.advertise {
        Some(address) => address.to_string(),
        None => reached_at(&settings.link, listener.port())
            .map_err(|source| StartError::NoAddress { source })?
            .map(|address| address.to_string())
            .unwrap_or_default(),
    };
    Ok(Running {
        root,
        runs: Arc::new(Runs::new(house)),
        listener,
        link: settings.link,
        address,
        ecs_agent: settings.ecs_agent,
        _scratch: taken,
    })
}

/// Where servers elsewhere reach a host that listens at `link`; `None` where they do not, for a socket of this machine is
/// of no use to them.
fn reached_at(link: &LinkAddresses, port: Option<u16>) -> io::Result<Option<LinkAddress>> {
    let host = link.as_slice().iter().find_map(|address| match address {
        LinkAddress::Tcp { host, .. } => Some(host.clone()),
        LinkAddress::Unix(_) => None,
    });
    let (Some(mut host), Some(port)) = (host, port) else {
        return Ok(None);
    };
    if host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified()) {
        host = own_address()?.to_string();
    }
    Ok(Some(LinkAddress::Tcp { host, port }))
}

/// The address with which this machine reaches others: a container has one, and is told it by nobody.
fn own_address() -> io::Result<IpAddr> {
    // Of a network for documents (RFC 5737): nothing is sent by connecting a socket for datagrams.
    let elsewhere = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(elsewhere)?;
    Ok(socket.local_addr()?.ip())
}

/// Devices of a container that programs must not have: terminals, of which the system has few, and memory that
/// no limit counts.
const DEVICES_OF_OURS: [&str; 2] = ["/dev/pts/ptmx", "/dev/zero"];

/// Closes a device to all but root: in a container without Landlock nothing else would. Those of a container are
/// its own.
fn keep_to_ourselves(device: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::set_permissions(device, std::fs::Permissions::from_mode(0o600)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A host that is listening, and answers once it is awaited.
#[derive(Debug)]
pub struct Running {
    root: Root,
    runs: Arc<Runs>,
    listener: Listener,
    link: LinkAddresses,
    /// Where servers elsewhere reach it; empty where none do.
    address: String,
    ecs_agent: Option<Uri>,
    /// While it is open no other host takes the scratch folder.
    _scratch: File,
}

impl Running {
    /// Where it listens.
    pub fn link(&self) -> String {
        if self.address.is_empty() {
            self.link.to_string()
        } else {
            self.address.clone()
        }
    }

    /// Answers until `shutdown`; then takes no more programs, lets those that live go on for as long as the settings say,
    /// ends them, telling why, and returns.
    ///
    /// # Errors
    /// When accepting fails for good.
    pub async fn until(self, shutdown: impl Future<Output = ()>) -> Result<(), StartError> {
        let tenure = Arc::new(Tenure::new());
        let mut follows = AbortOnDrop(tokio::spawn(follow(
            Arc::clone(&tenure),
            Arc::clone(&self.runs),
        )));
        let _protects = self.ecs_agent.map(|agent| {
            let follow = protection::follow(agent, self.runs.admission());
            AbortOnDrop(tokio::spawn(follow))
        });
        let service = Service::new(
            self.root,
            Arc::clone(&self.runs),
            Arc::clone(&tenure),
            self.address,
        );
        let service = HostServer::new(service)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let serving = tonic::transport::Server::builder()
            .max_concurrent_streams(MAX_STREAMS)
            .http2_max_pending_accept_reset_streams(Some(MAX_RESETS))
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .add_service(service)
            .serve_with_incoming(ReceiverStream::new(self.listener.incoming()));
        let runs = self.runs;
        let end = async {
            shutdown.await;
            runs.close();
            let minutes = runs.launcher().settings.drain_minutes;
            if minutes > 0 {
                tracing::info!(minutes, "programs that live may go on for so long");
            }
            // What lives longer is ended below.
            let _ = timeout(Duration::from_secs(minutes * 60), runs.all_ended()).await;
            runs.end_all(Cause::HostShutdown).await;
            // Without a server nobody asks either.
            let _ = timeout(TOLD_WITHIN, tenure.end()).await;
        };
        let served = tokio::select! {
            served = serving => served.map_err(io::Error::other),
            () = end => return Ok(()),
            // Programs would stand still for good, and this host would look as if nothing was wrong.
            ended = &mut follows.0 => ended.map_err(io::Error::other),
        };
        runs.end_all(Cause::HostShutdown).await;
        served.map_err(|source| StartError::Io {
            doing: "serve at",
            path: self.link.to_string(),
            source,
        })
    }
}

/// Tells the keeper for how long programs may do anything.
async fn follow(tenure: Arc<Tenure>, runs: Arc<Runs>) {
    loop {
        let keeper = runs.keeper();
        // Before the look, so that no change after it is missed.
        let another = keeper.is_another();
        let mut changed = std::pin::pin!(tenure.changes());
        changed.as_mut().enable();
        let told = match tenure.until() {
            Until::Nothing => Ok(()),
            Until::Then(until) => keeper.live_until(Some(until)).await,
            Until::Forever => keeper.live_until(None).await,
        };
        if let Err(error) = told {
            // It is started anew, and its programs are gone.
            tracing::warn!(%error, "the keeper takes no orders");
        }
        tokio::select! {
            () = changed => {}
            () = another => {}
        }
    }
}

/// Ends a task with its owner.
#[derive(Debug)]
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether a student can get to `path`.
///
/// On a thread of its own: one that has been somebody else forgets which process it was to end with.
pub fn is_reachable(path: &Path) -> bool {
    std::thread::scope(|scope| {
        let look = scope.spawn(|| identity::as_owner(SOMEBODY, || std::fs::metadata(path)));
        look.join().is_ok_and(|found| found.is_ok())
    })
}

/// Makes the scratch folder, and takes it for as long as the file is open: another host would clear away what the programs
/// of this one have in it.
fn prepare_scratch(scratch: &Path) -> io::Result<(PathBuf, File)> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(scratch)?;
    std::fs::set_permissions(scratch, std::fs::Permissions::from_mode(0o711))?;
    let scratch = scratch.canonicalize()?;
    let taken = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(scratch.join("host.lock"))?;
    taken.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another host works in it; each needs a scratch folder of its own (--scratch)",
        ),
        TryLockError::Error(error) => error,
    })?;
    prepare_temporary_folders(&scratch)?;
    Ok((scratch, taken))
}
