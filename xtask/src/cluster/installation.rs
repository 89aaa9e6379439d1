//! What is under fire: a database, a balancer, and two containers with a server and a host each, over one folder of files.

use std::{
    collections::HashMap,
    fs::{self, File},
    iter,
    net::Ipv4Addr,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use pythonide_testkit::{
    alone::Alone,
    part::Part,
    processes,
    product::{PASSWORD, fresh_folder},
};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};

use super::{
    files::{Disk, Mounted},
    network::{Balancer, Link, free_port},
    postgres::Postgres,
};
use crate::process::root;

/// Containers that are there at once, when none is replaced.
pub(super) const CONTAINERS: usize = 2;
const LINK_KEY: &str = "fedcba9876543210fedcba9876543210";
const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef";
/// A container that is asked to stop lets programs go on for a minute.
const DRAIN_MINUTES: &str = "1";
const STOPS_WITHIN: Duration = Duration::from_secs(100);
const READY_WITHIN: Duration = Duration::from_mins(1);
/// A program whose host was not seen went with any host that ended so shortly before.
const SHORTLY: Duration = Duration::from_secs(30);

/// All of it, ended when it is dropped.
#[derive(Debug)]
pub(super) struct Installation {
    pub(super) containers: Vec<Container>,
    pub(super) postgres: Postgres,
    pub(super) balancer: Balancer,
    pub(super) disk: Disk,
    pub(super) holders: Arc<Holders>,
    /// Where servers can listen; the balancer knows them all.
    ports: Vec<u16>,
    python: PathBuf,
    network: Runtime,
    count: usize,
    folder: TempDir,
    _alone: Alone,
}

/// A server and a host beside each other, as one machine has them.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) server: Part,
    pub(super) host: Part,
    pub(super) link: Link,
    pub(super) mounted: Mounted,
    port: u16,
    number: usize,
    binary: PathBuf,
}

impl Installation {
    /// Starts everything of one build, with students `s0`, `s1`, and so on.
    pub(super) fn start(binary: &Path, python: PathBuf, students: usize) -> anyhow::Result<Self> {
        let alone = Alone::wait();
        fs::write(log(), "")?;
        let folder = fresh_folder();
        let disk = Disk::new(folder.path())?;
        let postgres = Postgres::new(folder.path())?;
        let ports = (0..2 * CONTAINERS).map(|_| free_port());
        let ports = ports.collect::<anyhow::Result<Vec<_>>>()?;
        let balancer = Balancer::start(folder.path(), &ports)?;
        let network = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let mut all = Self {
            containers: Vec::new(),
            postgres,
            balancer,
            holders: Arc::new(Holders::new(disk.files())),
            disk,
            ports,
            python,
            network,
            count: 0,
            folder,
            _alone: alone,
        };
        for _ in 0..CONTAINERS {
            let container = all.container(binary)?;
            all.containers.push(container);
        }
        all.enroll(binary, students)?;
        Ok(all)
    }

    /// Starts a further container, and waits until it takes requests.
    pub(super) fn container(&mut self, binary: &Path) -> anyhow::Result<Container> {
        let used: Vec<u16> = self.containers.iter().map(|other| other.port).collect();
        let port = self.ports.iter().find(|port| !used.contains(port));
        let port = *port.context("all places are taken")?;
        self.count += 1;
        let number = self.count;
        let link = Link::new(self.network.handle())?;
        let at = self.folder.path().join(format!("files-{number}"));
        let mounted = Mounted::new(&self.disk.files(), at)?;
        let host = self.host(binary, number, &link, &mounted)?;
        let server = self.server(binary, &link, port)?;
        let container = Container {
            server,
            host,
            link,
            mounted,
            port,
            number,
            binary: binary.to_owned(),
        };
        self.holders.has_begun(container.host.pid());
        container.wait_until_ready(self.network.handle())?;
        Ok(container)
    }

    /// Ends a container's host as a crash does, and starts it again.
    pub(super) fn crash_host(&mut self, index: usize) -> anyhow::Result<()> {
        let container = &mut self.containers[index];
        self.holders.ends(container.host.pid());
        container.host.kill();
        let Container {
            binary,
            number,
            link,
            mounted,
            ..
        } = &self.containers[index];
        let host = self.host(binary, *number, link, mounted)?;
        self.holders.has_begun(host.pid());
        self.containers[index].host = host;
        Ok(())
    }

    /// Ends a container's server as a crash does, and starts it again.
    pub(super) fn crash_server(&mut self, index: usize) -> anyhow::Result<()> {
        self.containers[index].server.kill();
        let Container {
            binary, link, port, ..
        } = &self.containers[index];
        self.containers[index].server = self.server(binary, link, *port)?;
        Ok(())
    }

    /// Replaces a container as a deployment does: the next is ready before the one before is asked to stop.
    pub(super) fn replace(&mut self, index: usize, binary: &Path) -> anyhow::Result<()> {
        let next = self.container(binary)?;
        let mut before = std::mem::replace(&mut self.containers[index], next);
        before.server.signal(Signal::TERM);
        before.host.signal(Signal::TERM);
        let start = Instant::now();
        let (mut server, mut host) = (None, None);
        while server.is_none() || host.is_none() {
            ensure!(
                start.elapsed() < STOPS_WITHIN,
                "a container that was asked to stop has not ended (server: {server:?}, host: {host:?})"
            );
            std::thread::sleep(Duration::from_millis(50));
            server = server.or_else(|| before.server.ended());
            if host.is_none() {
                // Programs that its end ends are not interrupted by anything else.
                self.holders.ends(before.host.pid());
                host = before.host.ended();
            }
        }
        for (name, status) in [("server", server), ("host", host)] {
            ensure!(
                status.is_some_and(|status| status.success()),
                "a {name} that was asked to stop failed: {status:?}"
            );
        }
        Ok(())
    }

    fn host(
        &self,
        binary: &Path,
        number: usize,
        link: &Link,
        mounted: &Mounted,
    ) -> anyhow::Result<Part> {
        let port = free_port()?;
        let mut command = self.command(binary)?;
        command
            .args(["host", "--link"])
            .arg(format!("tcp:127.0.0.1:{port}"))
            .arg("--advertise")
            .arg(format!("tcp:127.0.0.1:{}", link.port))
            .args(["--drain-minutes", DRAIN_MINUTES, "--python"])
            .arg(&self.python)
            .arg("--files")
            .arg(&mounted.at)
            .arg("--scratch")
            .arg(self.folder.path().join(format!("host-{number}")));
        let host = Part::start(&mut command, "ready at ");
        link.leads_to((Ipv4Addr::LOCALHOST, port).into());
        Ok(host)
    }

    fn server(&self, binary: &Path, link: &Link, port: u16) -> anyhow::Result<Part> {
        let mut command = self.command(binary)?;
        command
            .env("DATABASE_URL", self.postgres.url())
            .env("IDE_SECRET_KEY", SECRET_KEY)
            .args(["server", "--migrate", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--link")
            .arg(format!("tcp:127.0.0.1:{}", link.port));
        Ok(Part::start(&mut command, "listening on "))
    }

    fn command(&self, binary: &Path) -> anyhow::Result<Command> {
        let log = File::options().create(true).append(true).open(log())?;
        let mut command = Command::new(binary);
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stderr(log)
            .env("IDE_LINK_KEY", LINK_KEY)
            .env("IDE_PARENT", std::process::id().to_string());
        Ok(command)
    }

    fn enroll(&self, binary: &Path, students: usize) -> anyhow::Result<()> {
        let lines = (0..students).map(|number| format!("s{number},student,{PASSWORD}\n"));
        let list: String = iter::once("username,role,password\n".to_owned())
            .chain(lines)
            .collect();
        let path = self.folder.path().join("class.csv");
        fs::write(&path, list)?;
        let output = self
            .command(binary)?
            .env_remove("IDE_PARENT")
            .env("DATABASE_URL", self.postgres.url())
            .args(["users", "import", "class.csv", "--class", "Cluster"])
            .output()?;
        if !output.status.success() {
            bail!("the class could not be made; see {}", log().display());
        }
        Ok(())
    }
}

/// Where all parts write what they have to say.
pub(super) fn log() -> PathBuf {
    root().join("target/cluster/log")
}

impl Container {
    /// Whether it is of that build.
    pub(super) fn runs(&self, binary: &Path) -> bool {
        self.binary == binary
    }

    fn wait_until_ready(&self, network: &Handle) -> anyhow::Result<()> {
        let url = format!("{}/ready", self.server.address);
        let start = Instant::now();
        loop {
            let answer = network.block_on(async { reqwest::get(&url).await });
            match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                answer if start.elapsed() > READY_WITHIN => bail!("no container: {answer:?}"),
                _ => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}

/// Which hosts there are and were, and which of them holds whose program.
#[derive(Debug)]
pub(super) struct Holders {
    files: PathBuf,
    /// By process; when it ended, if it was ended.
    hosts: Mutex<HashMap<i32, Option<Instant>>>,
}

impl Holders {
    fn new(files: PathBuf) -> Self {
        Self {
            files,
            hosts: Mutex::default(),
        }
    }

    fn has_begun(&self, host: i32) {
        self.lock().insert(host, None);
    }

    fn ends(&self, host: i32) {
        self.lock().insert(host, Some(Instant::now()));
    }

    /// The host of a student's program. It looks at all processes there are.
    pub(super) fn holder(&self, username: &str) -> Option<i32> {
        let home = self.files.join("Local").join(username);
        let uid = fs::metadata(home).ok()?.uid();
        processes::all()
            .into_iter()
            .filter(|pid| processes::uid(*pid) == Some(uid) && processes::is_program(*pid))
            .find_map(|pid| processes::ancestors(pid).find(|pid| self.lock().contains_key(pid)))
    }

    /// Whether a host was ended; of a program whose host was not seen, whether one was shortly before.
    pub(super) fn has_ended(&self, host: Option<i32>) -> bool {
        let hosts = self.lock();
        match host {
            Some(host) => hosts.get(&host).is_some_and(Option::is_some),
            None => hosts
                .values()
                .flatten()
                .any(|ended| ended.elapsed() < SHORTLY),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i32, Option<Instant>>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
