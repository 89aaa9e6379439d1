//! A flood of logs that are attached and detached.

use std::{convert::Infallible, time::Duration};

use futures::future::try_join_all;
use pythonide_protocol::socket::FromBrowser;
use pythonide_testkit::{
    browser::{Browser, Heard},
    product::PASSWORD,
    socket::Console,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::client::Progress;

/// The program whose log is attached. It waits at its prompt, where the next flood's takes its place.
pub(super) const FILE: &str = "ready.py";
pub(super) const READY: &str = "print('ready')\n";
const SOCKETS: usize = 10;
/// Pairs that are sent before the client reads what has come.
const PAIRS: u32 = 100;

pub(super) async fn flood(
    url: &str,
    user: &str,
    progress: &Progress,
) -> anyhow::Result<Infallible> {
    let browser = Browser::sign_in(url, user, PASSWORD).await;
    let mut console = Console::start(browser.socket().await, FILE).await;
    console.wait_for(">>> ").await;
    progress.begun();
    let sockets = (0..SOCKETS).map(|_| attach_and_detach(&browser, console.run, progress));
    let mut ended = try_join_all(sockets).await?;
    ended.pop().map_or_else(|| anyhow::bail!("no socket"), Ok)
}

/// Attaches and detaches on one socket, and on another when the server closes it.
async fn attach_and_detach(
    browser: &Browser,
    run: Uuid,
    progress: &Progress,
) -> anyhow::Result<Infallible> {
    loop {
        let mut socket = browser.socket().await;
        'open: loop {
            for stream in 0..PAIRS {
                let attach = FromBrowser::Attach {
                    stream,
                    run,
                    from: 0,
                };
                for message in [attach, FromBrowser::Detach { stream }] {
                    if socket.try_send(&message).await.is_err() {
                        break 'open;
                    }
                }
                progress.count();
            }
            // The other sockets have their turn, too.
            tokio::task::yield_now().await;
            while let Ok(heard) = timeout(Duration::ZERO, socket.receive()).await {
                if matches!(heard, Heard::Closed(_)) {
                    break 'open;
                }
            }
        }
    }
}
