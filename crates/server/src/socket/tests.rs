//! Sockets, on a real listener.

use std::{future::pending, net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use pythonide_protocol::{
    PROTOCOL,
    problem::ProblemCode,
    socket::{FromBrowser, FromServer},
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use super::{CLOSE_TOO_MANY, MAX_SOCKETS, MAX_TOLD};
use crate::{
    accept, http,
    testing::{TestApp, test_app},
};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

const SOON: Duration = Duration::from_secs(20);

async fn listen(test: &TestApp, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = http::router(test.app.clone());
    tasks.spawn(accept::serve(
        listener,
        router,
        accept::HEAD_WITHIN,
        pending(),
    ));
    address
}

async fn open(address: SocketAddr, cookie: &str) -> Result<Socket, Error> {
    let mut request = format!("ws://{address}/api/socket").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("cookie", cookie.parse().unwrap());
    Ok(connect_async(request).await?.0)
}

async fn heard(socket: &mut Socket) -> Message {
    loop {
        let message = timeout(SOON, socket.next()).await.unwrap();
        match message.expect("more to hear").unwrap() {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return message,
        }
    }
}

/// Says hello and hears what the server says to that, or to the connection.
async fn greeted(socket: &mut Socket) -> FromServer {
    let hello = FromBrowser::Hello { protocol: PROTOCOL };
    let hello = serde_json::to_string(&hello).unwrap();
    socket.send(Message::Text(hello.into())).await.unwrap();
    let text = heard(socket).await.into_text().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_page_too_many_is_told_so_and_closed_and_one_less_makes_room() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let cookie = test.cookie(&test.ada).await;
    let mut pages = Vec::new();
    for _ in 0..MAX_SOCKETS {
        let mut page = open(address, &cookie).await.unwrap();
        let answer = greeted(&mut page).await;
        assert!(matches!(answer, FromServer::Welcome { .. }), "{answer:?}");
        pages.push(page);
    }

    let mut one_more = open(address, &cookie).await.unwrap();
    let FromServer::Problem { problem, .. } = greeted(&mut one_more).await else {
        panic!("a page too many is no page")
    };
    assert_eq!(problem.code, ProblemCode::TooManyRequests);
    assert_eq!(problem.status, 429);
    let Message::Close(Some(close)) = heard(&mut one_more).await else {
        panic!("a page too many is closed")
    };
    assert_eq!(u16::from(close.code), CLOSE_TOO_MANY);

    // Another user has as many as ever.
    let noors = test.cookie(&test.noor).await;
    let answer = greeted(&mut open(address, &noors).await.unwrap()).await;
    assert!(matches!(answer, FromServer::Welcome { .. }), "{answer:?}");

    drop(pages.pop());
    drop(one_more);
    let again = async {
        loop {
            let mut page = open(address, &cookie).await.unwrap();
            if matches!(greeted(&mut page).await, FromServer::Welcome { .. }) {
                return page;
            }
        }
    };
    let _page = timeout(SOON, again).await.expect("room for one");
}

#[tokio::test]
async fn a_flood_of_pages_is_not_even_opened() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let cookie = test.cookie(&test.ada).await;
    let taken = |_| test.app.sockets.take(test.ada.id, usize::MAX).unwrap();
    let _places: Vec<_> = (0..MAX_SOCKETS + MAX_TOLD).map(taken).collect();
    let Err(Error::Http(refused)) = open(address, &cookie).await else {
        panic!("the upgrade was answered")
    };
    assert_eq!(refused.status(), 429);
}
