//! `pythonide serve`: a server and a host on one machine, each a process of its own with no more
//! rights than it needs. This one starts them, starts them again, and stops them in order.

use std::{
    ffi::OsString,
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::{ArgMatches, Args};
use pythonide_host::RunSettings;
use pythonide_server::{
    DatabaseSettings, ServerSettings,
    link::{LinkAddress, LinkAddresses, LinkKeySettings},
    store::DatabaseUrl,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    DataFolder,
    data::Data,
    database,
    host::{READY, shutdown},
    logging::LogSettings,
    output,
};

/// Starts a server and a host on this machine, over SQLite and a local folder unless told otherwise.
/// The server is not root and has no files; the host has no database and no secret.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide serve
  pythonide serve --data /var/lib/pythonide --listen 0.0.0.0:8080
  DATABASE_URL=postgresql://… EFS_MOUNT_PATH=/mnt/efs IDE_SECRET_KEY=… pythonide serve")]
pub(crate) struct Serve {
    #[command(flatten)]
    data: DataFolder,
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The folder of all students' files; in the data folder when nothing is set.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    files: Option<std::path::PathBuf>,
    /// The interpreter of the class, with its packages, readable by every student's uid.
    #[arg(
        long,
        env = "IDE_PYTHON",
        value_name = "PATH",
        default_value = "/usr/bin/python3"
    )]
    python: std::path::PathBuf,
    /// Starts even if nothing separates the students' programs: for one person at the own machine.
    #[arg(long, env = "IDE_ALLOW_UNSEPARATED")]
    allow_unseparated: bool,
    /// Where the agent of Amazon ECS is, which is asked not to stop the task while programs live. ECS says so itself.
    #[arg(long, env = "ECS_AGENT_URI", value_name = "URL")]
    ecs_agent: Option<String>,
    #[command(flatten)]
    runs: RunSettings,
    #[command(flatten)]
    others: Others,
    /// Makes a class to try the product with, if there is no user yet, and prints its passwords once.
    #[arg(long, env = "IDE_DEMO")]
    demo: bool,
    #[command(flatten)]
    log: LogSettings,
}

/// The machines beside this one, which share its database and its files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Several machines")]
struct Others {
    /// Where servers elsewhere reach this machine's host: tcp:0.0.0.0:7001. Nowhere unless given, for one machine is on its
    /// own. What is given here they learn from the database.
    #[arg(long, env = "IDE_LINK_LISTEN", value_name = "tcp:ADDR:PORT")]
    link_listen: Option<LinkAddress>,
    /// At which address that is, if not at the one with which this machine reaches others.
    #[arg(long, env = "IDE_LINK_ADVERTISE", value_name = "tcp:NAME:PORT")]
    advertise: Option<LinkAddress>,
    /// Where other hosts are, if the database should not be waited for to say so; a name that stands for several addresses
    /// is looked up every five seconds.
    #[arg(long, env = "IDE_LINK", value_name = "tcp:NAME:PORT")]
    link: Option<LinkAddresses>,
    #[command(flatten)]
    link_key: LinkKeySettings,
}

impl Others {
    /// What cannot be meant.
    fn check(&self, url: &DatabaseUrl) -> anyhow::Result<()> {
        if self.link_listen.is_none() && self.link.is_none() {
            return Ok(());
        }
        if url.folder().is_some() {
            bail!(
                "with SQLite there is one machine: set DATABASE_URL to a PostgreSQL, or leave out --link and --link-listen"
            );
        }
        if matches!(self.link_listen, Some(LinkAddress::Unix(_))) {
            bail!("--link-listen is for other machines: give it tcp:ADDR:PORT");
        }
        if self.link_key.read()?.is_none() {
            bail!(
                "machines that share their hosts prove themselves with a key: give all of them the same IDE_LINK_KEY; \
                 make one with: openssl rand -hex 32"
            );
        }
        Ok(())
    }
}

/// A part that ends so often within so long does not work at all.
const MAX_STARTS: usize = 5;
const WITHIN: Duration = Duration::from_secs(30);
/// A part that cannot start says so and ends this soon.
const REFUSES_WITHIN: Duration = Duration::from_secs(3);
/// Between the end of a part and its next start.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a part may take to stop, beyond what the settings give it.
const STOP_WITHIN: Duration = Duration::from_secs(15);

impl Serve {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self, matches: &ArgMatches) -> anyhow::Result<()> {
        if self.allow_unseparated && self.server.is_public() {
            bail!(
                "--allow-unseparated is for one person at the own machine: listen on loopback with it"
            );
        }
        let data = Data::prepare(&self.data.path)?;
        self.others
            .check(&database::url(&self.database, Some(&data))?)?;
        let program = std::env::current_exe().context("could not find this binary")?;
        let own = LinkAddresses::from(data.link());
        let mut host = Part::new("host", {
            let mut command = std::process::Command::new(&program);
            command.stdout(Stdio::piped());
            // Nothing of the operator's environment, credentials above all, comes near a student.
            command
                .arg("host")
                .env_clear()
                .env("PATH", "/usr/local/bin:/usr/bin:/bin");
            forward::<RunSettings>(matches, &mut command);
            forward::<LogSettings>(matches, &mut command);
            command.env(
                "EFS_MOUNT_PATH",
                self.files.clone().unwrap_or_else(|| data.files()),
            );
            command.env("IDE_PYTHON", std::path::absolute(&self.python)?);
            command
                // What output takes on its way is given back at once.
                .env("MIMALLOC_PURGE_DELAY", "0")
                .env("IDE_SCRATCH_DIR", data.scratch());
            let mut link = own.clone();
            if let Some(listen) = &self.others.link_listen {
                link = link.and(listen.clone());
                forward::<Others>(matches, &mut command);
            }
            command.env("IDE_LINK", link.to_string());
            if let Some(agent) = &self.ecs_agent {
                command.env("ECS_AGENT_URI", agent);
            }
            // On loopback the one person is the only one there is.
            command.env(
                "IDE_ALLOW_UNSEPARATED",
                (!self.server.is_public()).to_string(),
            );
            command
        });
        host.stops_within += Duration::from_secs(self.runs.drain_minutes * 60);
        let mut server = Part::new("server", {
            let mut command = std::process::Command::new(&program);
            command.arg("server");
            forward::<ServerSettings>(matches, &mut command);
            forward::<DatabaseSettings>(matches, &mut command);
            forward::<LogSettings>(matches, &mut command);
            if self.database.database_url.is_none() && self.database.database_url_file.is_none() {
                command.env("DATABASE_URL", data.database_url());
            }
            let others = self.others.link.iter().flat_map(LinkAddresses::as_slice);
            let link = others.fold(own, |link, other| link.and(other.clone()));
            forward::<Others>(matches, &mut command);
            command
                .env("IDE_DATABASE_DIR", data.database_folder())
                .env("IDE_LINK", link.to_string());
            command
                .env("IDE_MIGRATE", "true")
                .env("IDE_DEMO", self.demo.to_string());
            command
        });
        server.stops_within += Duration::from_secs(self.server.stop_seconds.into());
        self.log.start()?;
        let mut asked = std::pin::pin!(shutdown()?);
        host.start()?;
        // Whoever reads that the server listens finds everything ready.
        tokio::select! {
            () = &mut asked => return host.stop().await,
            ready = host.tells(READY) => ready?,
        }
        server.start()?;
        loop {
            let ended = tokio::select! {
                () = &mut asked => break,
                status = host.ended() => host.go_on(status?).await,
                status = server.ended() => server.go_on(status?).await,
            };
            if let Err(error) = ended {
                server.stop().await?;
                host.stop().await?;
                return Err(error);
            }
        }
        if self.others.link_listen.is_some() {
            // Pages go to other machines, and reach the programs that go on here from there.
            let (server, host) = tokio::join!(server.stop(), host.stop());
            server.and(host)?;
        } else if self.runs.drain_minutes > 0 {
            // Programs that may go on are of no use without a server.
            host.stop().await?;
            server.stop().await?;
        } else {
            // The server first: browsers are told by it, and reconnect to another if there is one.
            server.stop().await?;
            host.stop().await?;
        }
        output::note("pythonide has stopped; everything that was saved is on disk.");
        Ok(())
    }
}

/// One of the two processes.
struct Part {
    name: &'static str,
    command: Command,
    child: Option<Child>,
    starts: Vec<Instant>,
    /// How long it may take to stop.
    stops_within: Duration,
}

impl Part {
    fn new(name: &'static str, command: std::process::Command) -> Self {
        let mut command = Command::from(command);
        // Ctrl-C at the terminal comes to this process, which stops the parts in order.
        command.process_group(0).kill_on_drop(true);
        command.env("IDE_PARENT", std::process::id().to_string());
        Self {
            name,
            command,
            child: None,
            starts: Vec::new(),
            stops_within: STOP_WITHIN,
        }
    }

    fn start(&mut self) -> anyhow::Result<()> {
        self.starts.retain(|start| start.elapsed() < WITHIN);
        self.starts.push(Instant::now());
        let child = self
            .command
            .spawn()
            .with_context(|| format!("could not start the {}", self.name))?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it writes a line that begins like this; one that ends before does not start.
    async fn tells(&mut self, beginning: &str) -> anyhow::Result<()> {
        let output = self.child.as_mut().and_then(|child| child.stdout.take());
        let mut lines = BufReader::new(output.context("it does not write")?).lines();
        while let Some(line) = lines.next_line().await? {
            if line.starts_with(beginning) {
                return Ok(());
            }
        }
        bail!("the {} does not start; its own message is above", self.name)
    }

    async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        match &mut self.child {
            Some(child) => child.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Starts it again, unless it never gets far.
    async fn go_on(&mut self, status: ExitStatus) -> anyhow::Result<()> {
        self.child = None;
        if self.is_hopeless(status) {
            bail!(
                "the {} does not start ({status}); its own message is above",
                self.name
            );
        }
        tracing::error!(part = self.name, %status, "a part has ended and is started again");
        tokio::time::sleep(PAUSE).await;
        self.start()
    }

    /// Whether it refused to start at all, or has been started too often in a short time.
    fn is_hopeless(&self, status: ExitStatus) -> bool {
        let [first, others @ ..] = self.starts.as_slice() else {
            return false;
        };
        let refused =
            others.is_empty() && status.code() == Some(1) && first.elapsed() < REFUSES_WITHIN;
        refused || self.starts.len() >= MAX_STARTS
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        if let Some(pid) = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        if tokio::time::timeout(self.stops_within, child.wait())
            .await
            .is_err()
        {
            tracing::error!(
                part = self.name,
                "a part did not stop in time and is killed"
            );
            child.kill().await?;
        }
        Ok(())
    }
}

/// Hands the settings of `T`, wherever they came from, to a part as its environment.
fn forward<T: Args>(matches: &ArgMatches, command: &mut std::process::Command) {
    let settings = T::augment_args(clap::Command::new("settings"));
    for setting in settings.get_arguments() {
        let value = matches
            .get_raw(setting.get_id().as_str())
            .and_then(|mut values| values.next());
        if let (Some(name), Some(value)) = (setting.get_env(), value) {
            command.env(name, OsString::from(value));
        }
    }
}
