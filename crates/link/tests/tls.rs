//! A link over TCP takes nobody who does not know the key, at either end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use pythonide_link::{LinkAddress, LinkKey, Listener, bind, connect, wire};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream, time::timeout};
use tonic::Code;

const WITHIN: Duration = Duration::from_secs(10);

fn key(letter: &str) -> LinkKey {
    letter.repeat(32).parse().unwrap()
}

async fn listen() -> (Listener, LinkAddress) {
    let free: LinkAddress = "tcp:127.0.0.1:0".parse().unwrap();
    let listener = bind(&free, Some(&key("a"))).await.unwrap();
    let port = listener.port().unwrap();
    (listener, format!("tcp:127.0.0.1:{port}").parse().unwrap())
}

#[tokio::test]
async fn who_knows_the_key_gets_through_and_who_knows_another_does_not() {
    let (listener, address) = listen().await;
    let mut incoming = listener.incoming();
    let ask = |key: LinkKey| {
        let mut client = connect(&address, Some(&key)).unwrap();
        async move { client.check(wire::CheckRequest {}).await }
    };
    let stranger = timeout(WITHIN, ask(key("b"))).await.unwrap();
    assert_eq!(stranger.unwrap_err().code(), Code::Unavailable);
    assert!(incoming.try_recv().is_err(), "a stranger was let in");
    let known = tokio::spawn(ask(key("a")));
    timeout(WITHIN, incoming.recv())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    known.abort();
}

#[tokio::test]
async fn what_speaks_no_tls_is_let_go_and_keeps_nobody_out() {
    let (listener, address) = listen().await;
    let port = listener.port().unwrap();
    let mut incoming = listener.incoming();
    let mut plain = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    plain
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut client = connect(&address, Some(&key("a"))).unwrap();
    let asking = tokio::spawn(async move { client.check(wire::CheckRequest {}).await });
    timeout(WITHIN, incoming.recv())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let mut answer = Vec::new();
    timeout(WITHIN, plain.read_to_end(&mut answer))
        .await
        .unwrap()
        .ok();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    drop(silent);
    asking.abort();
}

#[tokio::test]
async fn without_a_key_there_is_no_port() {
    let address: LinkAddress = "tcp:127.0.0.1:0".parse().unwrap();
    let told = bind(&address, None).await.unwrap_err().to_string();
    assert!(told.contains("IDE_LINK_KEY"), "{told}");
    connect(&address, None).unwrap_err();
}

#[test]
fn a_short_key_is_refused_and_no_key_is_ever_shown() {
    assert!("short".parse::<LinkKey>().is_err());
    assert!(!format!("{:?}", key("s")).contains("ssss"));
}
