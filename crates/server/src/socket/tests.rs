//! Sockets, on a real listener.

use std::{future::pending, net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use pythonide_protocol::{
    PROTOCOL,
    problem::ProblemCode,
    socket::{CLOSE_SIGNED_OUT, CLOSE_STOPPING, CLOSE_TOO_MANY, FromBrowser, FromServer},
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use pythonide_domain::SessionId;
use pythonide_store::{Db, sessions, users};

use super::{MAX_SOCKETS, MAX_TOLD};
use crate::{
    accept, app, http,
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
        accept::Timeouts::default(),
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
    let said = async {
        loop {
            match socket.next().await.expect("more to hear").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    };
    // Pings are no answer, however many come.
    timeout(SOON, said).await.unwrap()
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

/// A page that was let in.
async fn page(address: SocketAddr, cookie: &str) -> Socket {
    let mut page = open(address, cookie).await.unwrap();
    let answer = greeted(&mut page).await;
    assert!(matches!(answer, FromServer::Welcome { .. }), "{answer:?}");
    page
}

async fn session_of(test: &TestApp, cookie: &str) -> SessionId {
    let (_, token) = cookie.split_once('=').unwrap();
    app::sessions::find(&test.app, token).await.unwrap().id
}

async fn end(test: &TestApp, session: SessionId) {
    let mut tx = test.app.db.begin().await.unwrap();
    let is_ended = sessions::delete(&mut tx, test.ada.id, session).await;
    assert!(is_ended.unwrap());
    tx.commit().await.unwrap();
}

async fn is_told_to_sign_in(page: &mut Socket) {
    let Message::Close(Some(close)) = heard(page).await else {
        panic!("a page without a session is closed")
    };
    assert_eq!(u16::from(close.code), CLOSE_SIGNED_OUT);
}

async fn answers(page: &mut Socket) {
    let ping = serde_json::to_string(&FromBrowser::Ping).unwrap();
    page.send(Message::Text(ping.into())).await.unwrap();
    let text = heard(page).await.into_text().unwrap();
    let answer: FromServer = serde_json::from_str(&text).unwrap();
    assert!(matches!(answer, FromServer::Pong), "{answer:?}");
}

#[tokio::test]
async fn the_pages_of_a_session_that_has_ended_are_closed_at_once_and_no_others() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let staying = test.cookie(&test.ada).await;
    let ending = test.cookie(&test.ada).await;
    let session = session_of(&test, &ending).await;
    let noors = test.cookie(&test.noor).await;
    let mut pages = [page(address, &ending).await, page(address, &ending).await];
    let mut others = [page(address, &staying).await, page(address, &noors).await];
    end(&test, session).await;
    for page in &mut pages {
        is_told_to_sign_in(page).await;
    }
    for page in &mut others {
        answers(page).await;
    }
}

#[tokio::test]
async fn pages_of_somebody_whom_an_operator_keeps_out_are_closed_without_being_asked() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let db = test.app.db.clone();
    tasks.spawn(async move { db.hear_others().await });
    let (adas, noors) = (test.cookie(&test.ada).await, test.cookie(&test.noor).await);
    let (mut adas, mut noors) = (page(address, &adas).await, page(address, &noors).await);

    // As a command does: with connections of its own. That the server has begun to look is not to be seen, so this is
    // done until it is noticed.
    let operator = Db::open(&test.url, 1).await.unwrap();
    let keep_out = async {
        loop {
            let mut tx = operator.begin().await.unwrap();
            let now = test.app.clock.now();
            users::set_active(&mut tx, test.ada.id, false, now)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            let told = is_told_to_sign_in(&mut adas);
            if timeout(Duration::from_secs(3), told).await.is_ok() {
                return;
            }
        }
    };
    timeout(SOON, keep_out).await.unwrap();
    answers(&mut noors).await;
}

#[tokio::test]
async fn a_session_that_ends_while_its_page_is_opened_is_noticed() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let cookie = test.cookie(&test.ada).await;
    let session = session_of(&test, &cookie).await;
    for _ in 0..3 {
        let (page, ()) = tokio::join!(open(address, &cookie), async {
            let mut tx = test.app.db.begin().await.unwrap();
            sessions::delete(&mut tx, test.ada.id, session)
                .await
                .unwrap();
            tx.commit().await.unwrap();
        });
        match page {
            Ok(mut page) => is_told_to_sign_in(&mut page).await,
            Err(Error::Http(refused)) => assert_eq!(refused.status(), 401),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn pages_are_sent_away_from_a_server_that_stops_and_are_heard_until_they_go() {
    let (test, mut tasks) = (test_app().await, JoinSet::new());
    let address = listen(&test, &mut tasks).await;
    let cookie = test.cookie(&test.ada).await;
    let mut leaving = page(address, &cookie).await;
    let mut staying = page(address, &cookie).await;
    test.app.stopping.begin();
    for page in [&mut leaving, &mut staying] {
        let told: FromServer =
            serde_json::from_str(&heard(page).await.into_text().unwrap()).unwrap();
        assert_eq!(told, FromServer::Leave);
    }
    answers(&mut leaving).await;
    leaving.close(None).await.unwrap();
    while let Some(message) = leaving.next().await {
        assert!(
            matches!(message.unwrap(), Message::Close(_)),
            "it is answered, and that is all"
        );
    }
    let Message::Close(Some(close)) = heard(&mut staying).await else {
        panic!("a page that stays is closed")
    };
    assert_eq!(u16::from(close.code), CLOSE_STOPPING);
    timeout(SOON, test.app.stopping.all_gone()).await.unwrap();
    // A page that comes all the same is sent on.
    let mut late = open(address, &cookie).await.unwrap();
    let told: FromServer =
        serde_json::from_str(&heard(&mut late).await.into_text().unwrap()).unwrap();
    assert_eq!(told, FromServer::Leave);
}
