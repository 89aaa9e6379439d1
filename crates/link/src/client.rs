//! The server's end of the link.

use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::{CONNECTION_WINDOW, LinkAddress, MAX_MESSAGE_BYTES, STREAM_WINDOW, wire::host_client};

/// Asks a host; cheap to clone, all clones share one connection.
pub type HostClient = host_client::HostClient<Channel>;

/// How long a host may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// A client of the host at `address`.
///
/// Connects at the first request, and anew after the host was gone; so this succeeds without a
/// host, and requests fail as `Unavailable` until there is one.
pub fn connect(address: &LinkAddress) -> HostClient {
    // The address of the endpoint is not looked at: the connector below knows the way.
    let endpoint = Endpoint::from_static("http://host.invalid")
        .connect_timeout(CONNECT_WITHIN)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let LinkAddress::Unix(path) = address.clone();
    let channel = endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
        let path = path.clone();
        async move { UnixStream::connect(path).await.map(TokioIo::new) }
    }));
    host_client::HostClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}
