//! The server's end of the link.

use std::{io, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::{
    CONNECTION_WINDOW, LinkAddress, LinkError, LinkKey, MAX_MESSAGE_BYTES, STREAM_WINDOW,
    wire::host_client,
};

/// Asks a host; cheap to clone, all clones share one connection.
pub type HostClient = host_client::HostClient<Channel>;

/// How long a host may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Between two questions whether the other end is still there; nothing else tells that a cable was cut.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How long the answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// A client of the host at `address`.
///
/// Connects at the first request, and anew after the host was gone; so this succeeds without a
/// host, and requests fail as `Unavailable` until there is one.
///
/// # Errors
/// When the address is a port and there is no key to prove oneself with.
pub fn connect(address: &LinkAddress, key: Option<&LinkKey>) -> Result<HostClient, LinkError> {
    // The address of the endpoint is not looked at: the connectors below know the way.
    let endpoint = Endpoint::from_static("http://host.invalid")
        .connect_timeout(CONNECT_WITHIN)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let channel = match address.clone() {
        LinkAddress::Unix(path) => {
            endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
                let path = path.clone();
                async move { UnixStream::connect(path).await.map(TokioIo::new) }
            }))
        }
        LinkAddress::Tcp { host, port } => {
            let key = key.ok_or(LinkError::NoKey)?;
            let connector = TlsConnector::from(Arc::new(key.client_config()?));
            endpoint
                .http2_keep_alive_interval(ASK_EVERY)
                .keep_alive_timeout(ANSWER_WITHIN)
                .keep_alive_while_idle(true)
                .connect_with_connector_lazy(service_fn(move |_: Uri| {
                    let (host, connector) = (host.clone(), connector.clone());
                    async move { secured(&host, port, &connector).await.map(TokioIo::new) }
                }))
        }
    };
    Ok(host_client::HostClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES))
}

async fn secured(
    host: &str,
    port: u16,
    connector: &TlsConnector,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let connect = async {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        // Nobody looks at the name: the key says who it is.
        let name = ServerName::try_from("host").map_err(io::Error::other)?;
        connector.connect(name, stream).await
    };
    timeout(CONNECT_WITHIN, connect).await?
}
