//! What is between the parts: a load balancer without stickiness, and links that can be cut.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener as Listener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime::Handle,
    sync::watch,
};

/// A port that nobody has now.
pub(super) fn free_port() -> anyhow::Result<u16> {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// haproxy over places for servers, most of them empty.
#[derive(Debug)]
pub(super) struct Balancer {
    child: Child,
    /// Where browsers find it.
    pub(super) url: String,
}

impl Balancer {
    /// Starts it over servers at these ports. It asks each often whether it is ready, and gives each request to the next.
    pub(super) fn start(folder: &Path, ports: &[u16]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut settings = format!(
            "global\n  maxconn 4000\n\
             defaults\n  mode http\n  timeout connect 1s\n  timeout check 2s\n  timeout client 70s\n  timeout server 70s\n  \
             timeout tunnel 1h\n  retries 3\n  option redispatch 1\n\
             frontend browsers\n  bind 127.0.0.1:{port}\n  default_backend servers\n\
             backend servers\n  balance roundrobin\n  option httpchk GET /ready\n  \
             default-server check inter 500ms fall 2 rise 1\n"
        );
        let servers = ports
            .iter()
            .map(|port| format!("  server at{port} 127.0.0.1:{port}\n"));
        settings.extend(servers);
        let path = folder.join("haproxy.cfg");
        fs::write(&path, settings)?;
        let log = fs::File::create(folder.join("haproxy.log"))?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "haproxy", "-db", "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("haproxy could not be started")?;
        Ok(Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The way to a host, which can be cut for one server.
#[derive(Debug)]
pub(super) struct Link {
    /// Where servers find the host.
    pub(super) port: u16,
    host: Arc<Mutex<Option<SocketAddr>>>,
    /// The process whose connections carry nothing.
    cut: watch::Sender<Option<i32>>,
}

impl Link {
    /// Makes one that leads nowhere yet.
    pub(super) fn new(network: &Handle) -> anyhow::Result<Self> {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let host = Arc::new(Mutex::new(None));
        let cut = watch::Sender::new(None);
        let _inside = network.enter();
        let listener = TcpListener::from_std(listener)?;
        network.spawn(accept(listener, Arc::clone(&host), cut.subscribe()));
        Ok(Self { port, host, cut })
    }

    /// Leads to the host that listens there from now on.
    pub(super) fn leads_to(&self, host: SocketAddr) {
        *self.host.lock().unwrap_or_else(PoisonError::into_inner) = Some(host);
    }

    /// Carries nothing more for a process, in either direction, and does not say so.
    pub(super) fn cut(&self, server: i32) {
        self.cut.send_replace(Some(server));
    }

    /// Carries everything again.
    pub(super) fn mend(&self) {
        self.cut.send_replace(None);
    }
}

async fn accept(
    listener: TcpListener,
    host: Arc<Mutex<Option<SocketAddr>>>,
    cut: watch::Receiver<Option<i32>>,
) {
    // Ends with the link: then nobody can ask for it.
    while let Ok((server, from)) = listener.accept().await {
        let host = *host.lock().unwrap_or_else(PoisonError::into_inner);
        let cut = cut.clone();
        tokio::spawn(async move {
            let Some(host) = host else { return };
            let Ok(host) = TcpStream::connect(host).await else {
                return;
            };
            // What is small is not waited with, as without a link between.
            let _ = (server.set_nodelay(true), host.set_nodelay(true));
            let (from_server, to_server) = server.into_split();
            let (from_host, to_host) = host.into_split();
            tokio::join!(
                carry(from_server, to_host, from.port(), cut.clone()),
                carry(from_host, to_server, from.port(), cut),
            );
        });
    }
}

/// Carries what comes from one end to the other, while the process that holds the port is not cut off.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    port: u16,
    mut cut: watch::Receiver<Option<i32>>,
) {
    let mut bytes = vec![0; 64 << 10];
    let is_whole = |cut: &Option<i32>| !cut.is_some_and(|server| holds(server, port));
    while cut.wait_for(is_whole).await.is_ok() {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            changed = cut.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        // What was on its way when the link was cut comes when it is whole again.
        let is_over = read == 0 || cut.wait_for(is_whole).await.is_err();
        if is_over || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// Whether a process has the socket at a port of this machine.
fn holds(process: i32, port: u16) -> bool {
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    // proc_net_tcp(5): the second word is the address, in hexadecimal digits, and the tenth the socket.
    let at = format!(":{port:04X}");
    let socket = sockets.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        words.next()?.ends_with(&at).then(|| words.nth(7))?
    });
    let Some(socket) = socket.map(|socket| format!("socket:[{socket}]")) else {
        return false;
    };
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| target.as_os_str() == &*socket)
}
