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
mod stream;
mod watcher;

use axum::{
    extract::{State, WebSocketUpgrade},
    response::Response,
};

use crate::{http::actors::SignedIn, state::App};

/// Messages of browsers are small; a paste comes in parts of at most 64 KiB, which JSON may lengthen.
const MAX_MESSAGE_BYTES: usize = 512 << 10;

/// Opens the socket of somebody who is signed in.
pub(crate) async fn open(
    signed_in: SignedIn,
    State(app): State<App>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| connection::serve(app, signed_in, socket))
}
