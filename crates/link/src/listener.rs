//! The host's end of the link.

use std::{
    fs::Permissions,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tonic::transport::server::Connected;

use crate::{LinkAddress, LinkAddresses, LinkError, LinkKey};

/// Connections that prove themselves at once; there are only so many servers.
const PROVING_AT_ONCE: usize = 64;
/// How long that may take.
const PROVE_WITHIN: Duration = Duration::from_secs(5);
/// After a failure to accept, which is no more than a lack of descriptors.
const REST: Duration = Duration::from_millis(100);

/// Accepts servers.
#[derive(Debug)]
pub struct Listener(Vec<Inner>);

#[derive(Debug)]
enum Inner {
    Unix(UnixListener),
    Tcp(TcpListener, TlsConfig),
}

#[derive(Clone)]
struct TlsConfig(TlsAcceptor);

impl std::fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConfig(…)")
    }
}

/// Listens at `address`. A socket left behind by a host that died is replaced.
///
/// A Unix socket is open to its group, so that a server of another uid can be let in by the group of
/// the folder; the folder must keep everybody else out.
///
/// # Errors
/// When the address cannot be had, or is a port and there is no key.
pub async fn bind(address: &LinkAddress, key: Option<&LinkKey>) -> Result<Listener, LinkError> {
    match address {
        LinkAddress::Unix(path) => {
            remove_stale(path)?;
            let listener = UnixListener::bind(path)?;
            std::fs::set_permissions(path, Permissions::from_mode(0o660))?;
            Ok(Listener(vec![Inner::Unix(listener)]))
        }
        LinkAddress::Tcp { host, port } => {
            let config = key.ok_or(LinkError::NoKey)?.server_config()?;
            let listener = TcpListener::bind((host.as_str(), *port)).await?;
            let acceptor = TlsAcceptor::from(Arc::new(config));
            Ok(Listener(vec![Inner::Tcp(listener, TlsConfig(acceptor))]))
        }
    }
}

/// Listens at all of `addresses`.
///
/// # Errors
/// As [`bind`], for any of them.
pub async fn bind_all(
    addresses: &LinkAddresses,
    key: Option<&LinkKey>,
) -> Result<Listener, LinkError> {
    let mut all = Vec::new();
    for address in addresses.as_slice() {
        all.extend(bind(address, key).await?.0);
    }
    Ok(Listener(all))
}

impl Listener {
    /// The port, if it listens at one.
    pub fn port(&self) -> Option<u16> {
        self.0.iter().find_map(|inner| match inner {
            Inner::Unix(_) => None,
            Inner::Tcp(listener, _) => Some(listener.local_addr().ok()?.port()),
        })
    }

    /// Accepts from now on; each connection that comes out has proved itself.
    pub fn incoming(self) -> mpsc::Receiver<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(PROVING_AT_ONCE);
        for inner in self.0 {
            tokio::spawn(inner.accept_all(sender.clone()));
        }
        receiver
    }
}

impl Inner {
    async fn accept_all(self, sender: mpsc::Sender<io::Result<Connection>>) {
        // Whoever proves himself slowly keeps no other from it.
        let places = Arc::new(Semaphore::new(PROVING_AT_ONCE));
        let mut proving = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = sender.closed() => return,
                accepted = self.accept() => accepted,
            };
            while proving.try_join_next().is_some() {}
            let (accepted, place) = match (accepted, Arc::clone(&places).try_acquire_owned()) {
                (Ok(accepted), Ok(place)) => (accepted, place),
                (Ok(_), Err(_)) => continue,
                (Err(error), _) => {
                    if sender.send(Err(error)).await.is_err() {
                        return;
                    }
                    sleep(REST).await;
                    continue;
                }
            };
            let sender = sender.clone();
            proving.spawn(async move {
                let _place = place;
                // A stranger, or one that went away; it is no more than a connection that never was.
                if let Ok(Ok(connection)) = timeout(PROVE_WITHIN, accepted.prove()).await {
                    // The receiver goes when the host stops.
                    let _ = sender.send(Ok(connection)).await;
                }
            });
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Unix(listener) => Ok(Accepted::Unix(listener.accept().await?.0)),
            Self::Tcp(listener, config) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Accepted::Tcp(stream, config.0.clone()))
            }
        }
    }
}

enum Accepted {
    Unix(UnixStream),
    Tcp(TcpStream, TlsAcceptor),
}

impl Accepted {
    async fn prove(self) -> io::Result<Connection> {
        match self {
            Self::Unix(stream) => Ok(Connection::Unix(stream)),
            Self::Tcp(stream, acceptor) => {
                Ok(Connection::Tcp(Box::new(acceptor.accept(stream).await?)))
            }
        }
    }
}

/// A connection of a server.
#[derive(Debug)]
pub enum Connection {
    /// On this machine.
    Unix(UnixStream),
    /// From elsewhere.
    Tcp(Box<TlsStream<TcpStream>>),
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            // A host that is alive answers here; two of them would take each other's programs.
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    "another host is listening there",
                ));
            }
            std::fs::remove_file(path)
        }
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something else than a socket is there",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
