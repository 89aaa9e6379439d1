//! Floods of requests.

use std::{
    cell::Cell,
    collections::VecDeque,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, bail};
use futures::future::try_join_all;
use pythonide_testkit::{browser::Browser, product::PASSWORD};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    time::{MissedTickBehavior, interval},
};

use super::{LARGE_BYTES, LARGE_FILE, client::Progress};

/// Downloads that are open at once.
const DOWNLOADS: usize = 4150;
/// Between two downloads that replace the oldest. Without it the flood would be one of connections, 17,000 a second, and not of
/// downloads.
const REPLACE_INTERVAL: Duration = Duration::from_millis(1);
/// Of a socket that reads nothing, in bytes; the kernel makes it the least that it has.
const RECEIVE_BUFFER: u32 = 1;
/// Requests at once of the other floods.
const AT_ONCE: usize = 60;
static UPLOAD: [u8; LARGE_BYTES] = [0; LARGE_BYTES];

/// Opens downloads as fast as possible and reads none of them; then replaces the oldest by another one, without end.
pub(super) async fn downloads(
    url: &str,
    user: &str,
    progress: &Progress,
) -> anyhow::Result<Infallible> {
    let browser = Browser::sign_in(url, user, PASSWORD).await;
    let authority = url.strip_prefix("http://").context("not plain HTTP")?;
    let address: SocketAddr = authority.parse()?;
    let request = format!(
        "GET {}?path={LARGE_FILE} HTTP/1.1\r\nHost: {authority}\r\nCookie: {}\r\n\r\n",
        browser.home("content"),
        browser.cookie
    );
    let mut replacing = interval(REPLACE_INTERVAL);
    replacing.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut open = VecDeque::new();
    loop {
        if open.len() > DOWNLOADS {
            replacing.tick().await;
            open.pop_front();
        }
        open.push_back(ask_and_read_nothing(address, &request).await?);
        progress.count();
        // Once: from then on there are more.
        if open.len() == DOWNLOADS {
            progress.begun();
        }
    }
}

async fn ask_and_read_nothing(address: SocketAddr, request: &str) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    let mut connection = socket.connect(address).await?;
    connection.write_all(request.as_bytes()).await?;
    Ok(connection)
}

/// Uploads files over those of the same names.
pub(super) async fn uploads(
    url: &str,
    user: &str,
    progress: &Progress,
) -> anyhow::Result<Infallible> {
    let browser = Browser::sign_in(url, user, PASSWORD).await;
    without_end(progress, async |number| {
        let path = format!("upload-{number}.bin");
        let request = browser
            .request(Method::PUT, &browser.home("content"))
            .query(&[("path", path.as_str()), ("replace", "true")])
            .body(&UPLOAD[..]);
        // Refused or cut off: the next one follows at once.
        if let Ok(response) = request.send().await {
            let _ = response.bytes().await;
        }
    })
    .await
}

/// Asks for the usage of the home.
pub(super) async fn usage(
    url: &str,
    user: &str,
    progress: &Progress,
) -> anyhow::Result<Infallible> {
    let browser = Browser::sign_in(url, user, PASSWORD).await;
    without_end(progress, async |_| {
        if let Ok(response) = browser
            .request(Method::GET, &browser.home("usage"))
            .send()
            .await
        {
            let _ = response.bytes().await;
        }
    })
    .await
}

/// Signs in with wrong passwords, to accounts that do not exist, from one address.
pub(super) async fn sign_ins(url: &str, progress: &Progress) -> anyhow::Result<Infallible> {
    // Another address for each process, which has all of its tries left.
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, high | 1, middle, low);
    let client = reqwest::Client::builder()
        .local_address(IpAddr::from(address))
        .build()?;
    let url = format!("{url}/api/session");
    without_end(progress, async |number| {
        let account = format!("nobody-{number}");
        let request = client
            .post(&url)
            .json(&json!({ "username": account, "password": "wrong" }));
        if let Ok(response) = request.send().await {
            let _ = response.bytes().await;
        }
    })
    .await
}

/// Has so many requests on their way at once, without end. Each is given a number.
async fn without_end(
    progress: &Progress,
    request: impl AsyncFn(usize),
) -> anyhow::Result<Infallible> {
    let request = &request;
    let has_begun = Cell::new(false);
    let has_begun = &has_begun;
    let all = (0..AT_ONCE).map(async |mut number| -> anyhow::Result<Infallible> {
        loop {
            request(number).await;
            progress.count();
            // With the first answer all the others are on their way.
            if !has_begun.replace(true) {
                progress.begun();
            }
            number += AT_ONCE;
        }
    });
    match try_join_all(all).await?.pop() {
        Some(never) => match never {},
        None => bail!("no request is on its way"),
    }
}
