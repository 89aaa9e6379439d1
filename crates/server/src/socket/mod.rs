//! The WebSocket: one for each open page.
//!
//! ```text
//! connection (reads the browser's messages, in order)
//!  ├─ writer: the only one that sends; pings
//!  ├─ watcher: tells the page its workspace's program, at each change
//!  └─ a stream for each log that the page reads: parts from the host, acknowledgements to it
//! ```
//!
//! All of it ends with the connection; programs do not.

mod connection;
mod convert;
mod outbox;
pub(crate) mod pace;
mod stream;
#[cfg(test)]
mod tests;
mod watcher;

use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    response::Response,
};
use pythonide_protocol::socket::{CLOSE_TOO_MANY, FromServer};
use tokio::time::timeout;

use crate::{app::AppError, http::actors::SignedIn, places::Place, state::App};

/// Messages of browsers are small; a paste comes in parts of at most 64 KiB, which JSON may lengthen.
const MAX_MESSAGE_BYTES: usize = 512 << 10;
/// What a socket holds even if nothing is said on it: there may be a thousand. Longer messages get more while they
/// last.
const BUFFER_BYTES: usize = 4 << 10;
/// Pages that one user has open at once.
const MAX_SOCKETS: usize = 16;
/// Beyond those so many more are opened for long enough to say why they are closed: a page cannot read the
/// status of an upgrade that is refused.
const MAX_TOLD: usize = 16;
/// How long a page may take to hear that it is one too many.
const HEARS_WITHIN: Duration = Duration::from_secs(5);

/// Opens the socket of somebody who is signed in.
pub(crate) async fn open(
    signed_in: SignedIn,
    State(app): State<App>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, AppError> {
    let user = signed_in.user().id;
    let place = app
        .sockets
        .take(user, MAX_SOCKETS + MAX_TOLD)
        .ok_or(AppError::TooManyPages)?;
    let upgrade = upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    Ok(if place.number() > MAX_SOCKETS {
        upgrade.on_upgrade(move |socket| refuse(place, socket))
    } else {
        upgrade.on_upgrade(async move |socket| {
            connection::serve(app, signed_in, socket).await;
            drop(place);
        })
    })
}

/// Tells a page that it is one too many.
async fn refuse(_place: Place, mut socket: WebSocket) {
    let told = async {
        let problem = FromServer::Problem {
            request: None,
            stream: None,
            problem: AppError::TooManyPages.into_problem(),
        };
        let problem = serde_json::to_string(&problem).map_err(axum::Error::new)?;
        socket.send(Message::Text(problem.into())).await?;
        let close = CloseFrame {
            code: CLOSE_TOO_MANY,
            reason: "too many pages are open".into(),
        };
        socket.send(Message::Close(Some(close))).await?;
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<_, axum::Error>(())
    };
    if let Ok(Err(error)) = timeout(HEARS_WITHIN, told).await {
        tracing::debug!(%error, "a page that was one too many was gone before it heard so");
    }
}
