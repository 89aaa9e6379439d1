//! Accepts connections of browsers and speaks HTTP/1.1 with them.
//!
//! `axum::serve` would do, but waits for ever for a request that never comes to its end.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tower::ServiceExt;

/// How long the head of a request may take, and how long a connection may wait for its next one. Longer
/// than load balancers keep a connection that is not used (60 seconds on AWS), so that it is they who
/// close it: a request must not meet a connection that is just being closed.
const HEAD_WITHIN: Duration = Duration::from_secs(75);

/// How long a browser may take nothing of what is sent to it. Its connection ends then, with all that waits for it.
const STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// How long a browser is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// For the head of a request.
    pub(crate) head: Duration,
    /// For taking something of an answer.
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: HEAD_WITHIN,
            stall: STALL_TIMEOUT,
        }
    }
}

/// How long a connection without a request is kept after `shutdown`. A request may be on its way there: that is answered
/// and told to be the last, while a connection that is closed under it may cost a load balancer's client the answer.
const LINGERS: Duration = Duration::from_secs(1);

/// Answers with `router` until `shutdown`; then returns when all requests that had begun are answered.
/// Dropped, it ends all connections but those that have become sockets.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: Router,
    timeouts: Timeouts,
    shutdown: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeouts.head);
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            // Goes on by itself when there are too many connections.
            (connection, peer) = Listener::accept(&mut listener) => {
                if let Err(error) = prepare(&connection, timeouts.stall) {
                    tracing::debug!(%error, "a connection was gone at once");
                    continue;
                }
                connections.spawn(converse(
                    http.clone(),
                    connection,
                    peer,
                    router.clone(),
                    stopped.clone(),
                ));
            }
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    // Whoever connects from here on is refused at once and tries another server.
    drop(listener);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
}

fn prepare(connection: &TcpStream, stall: Duration) -> io::Result<()> {
    // A key typed and a line printed are small: none may wait to be sent together with the next.
    connection.set_nodelay(true)?;
    // Counts from the last byte that was taken, also while the browser says that it has no room (tcp(7)).
    let stall_ms = u32::try_from(stall.as_millis()).unwrap_or(u32::MAX);
    Ok(set_tcp_user_timeout(connection, stall_ms)?)
}

async fn converse(
    http: http1::Builder,
    connection: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let stopping = stopped.clone();
    let service = service_fn(|request| answer(router.clone(), peer, stopping.clone(), request));
    let conversation = http.serve_connection(TokioIo::new(connection), service);
    let mut conversation = pin!(conversation.with_upgrades());
    let outcome = tokio::select! {
        outcome = &mut conversation => outcome,
        () = async { let _ = stopped.wait_for(|stopped| *stopped).await; } => {
            if let Ok(outcome) = timeout(LINGERS, &mut conversation).await {
                outcome
            } else {
                conversation.as_mut().graceful_shutdown();
                conversation.await
            }
        }
    };
    if let Err(error) = outcome {
        // A browser that goes away in the middle, or was too slow.
        tracing::debug!(%error, %peer, "a connection broke off");
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    stopped: watch::Receiver<bool>,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let mut response = router.oneshot(request).await?;
    // A connection that becomes a socket ends in its own way.
    if *stopped.borrow() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::{Notify, oneshot},
        time::Instant,
    };

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    /// A server of `router`, and what stops it.
    async fn start(
        router: Router,
        timeouts: Timeouts,
    ) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, router, timeouts, async {
            let _ = stopped.await;
        }));
        (address, stop, served)
    }

    async fn rest(connection: &mut TcpStream) -> String {
        let mut text = String::new();
        let read = timeout(SOON, connection.read_to_string(&mut text)).await;
        read.expect("the connection stays open").unwrap();
        text
    }

    #[tokio::test]
    async fn who_does_not_finish_a_request_is_not_waited_for() {
        let router = Router::new().route("/", get(async || "here"));
        let within = Duration::from_millis(300);
        let timeouts = Timeouts {
            head: within,
            ..Timeouts::default()
        };
        let (address, _stop, _) = start(router, timeouts).await;
        for begun in ["", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
            let since = Instant::now();
            let mut connection = TcpStream::connect(address).await.unwrap();
            connection.write_all(begun.as_bytes()).await.unwrap();
            let text = rest(&mut connection).await;
            assert!(!text.contains("200 OK"), "{text}");
            assert!(since.elapsed() >= within, "{begun:?}");
        }
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        connection.write_all(request).await.unwrap();
        assert!(rest(&mut connection).await.ends_with("here"));
    }

    #[tokio::test]
    async fn a_browser_that_takes_nothing_is_let_go() {
        let ended = Arc::new(Notify::new());
        let handler = {
            let ended = ended.clone();
            async move || {
                let until_dropped = NotifyOnDrop(ended);
                let endless = futures::stream::repeat_with(move || {
                    let _held = &until_dropped;
                    Ok::<_, Infallible>(vec![0; 1 << 16])
                });
                Body::from_stream(endless)
            }
        };
        let timeouts = Timeouts {
            stall: Duration::from_millis(500),
            ..Timeouts::default()
        };
        let (address, _stop, _) = start(Router::new().route("/", get(handler)), timeouts).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        // The socket stays open and is never read.
        timeout(SOON, ended.notified()).await.unwrap();
    }

    struct NotifyOnDrop(Arc<Notify>);

    impl Drop for NotifyOnDrop {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    #[tokio::test]
    async fn a_request_that_has_begun_is_answered_before_the_end() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move |ConnectInfo(peer): ConnectInfo<SocketAddr>| {
                begun.notify_one();
                go_on.notified().await;
                peer.ip().to_string()
            }
        };
        let router = Router::new().route("/", get(handler));
        let (address, stop, served) = start(router, Timeouts::default()).await;
        let mut busy = TcpStream::connect(address).await.unwrap();
        busy.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        timeout(SOON, begun.notified()).await.unwrap();
        stop.send(()).unwrap();
        assert!(TcpStream::connect(address).await.is_err());
        assert!(!served.is_finished());
        go_on.notify_one();
        assert!(rest(&mut busy).await.ends_with("127.0.0.1"));
        timeout(SOON, served).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_request_on_a_kept_connection_is_answered_as_the_last_and_an_idle_one_is_let_go() {
        let router = Router::new().route("/", get(async || "here"));
        let (address, stop, served) = start(router, Timeouts::default()).await;
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        // Taken when the one after it is answered: they are in the order of coming.
        let mut idle = TcpStream::connect(address).await.unwrap();
        let mut kept = TcpStream::connect(address).await.unwrap();
        kept.write_all(request).await.unwrap();
        let mut answer = vec![0; 1024];
        let count = timeout(SOON, kept.read(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
        assert!(answer.ends_with("here") && !answer.contains("connection: close"));
        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        kept.write_all(request).await.unwrap();
        let answer = rest(&mut kept).await;
        assert!(
            answer.contains("connection: close") && answer.ends_with("here"),
            "{answer}"
        );
        assert_eq!(rest(&mut idle).await, "", "who asked for nothing is let go");
        timeout(SOON, served).await.unwrap().unwrap();
    }
}
