//! What goes to the browser, through one bounded channel and one task that sends.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, stream::SplitSink};
use pythonide_protocol::socket::{FRAME_HEADER_BYTES, FromServer};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, timeout},
};

/// Messages that wait to be sent.
const QUEUE: usize = 64;
/// Keeps load balancers from taking a quiet socket for a dead one.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A browser that takes nothing for so long is gone.
const SEND_WITHIN: Duration = Duration::from_secs(30);

/// The way to the browser; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Outbox(mpsc::Sender<Message>);

/// The connection is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Outbox {
    /// An outbox and the task that empties it into `sink`.
    pub(super) fn new(sink: SplitSink<WebSocket, Message>) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), send_all(receiver, sink))
    }

    /// An outbox, and what is put into it.
    #[cfg(test)]
    pub(super) fn kept() -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), receiver)
    }

    /// Sends a message; waits while the browser takes none.
    pub(super) async fn tell(&self, message: &FromServer) -> Result<(), Gone> {
        // These types have no maps with odd keys, which is all that can fail.
        let text = serde_json::to_string(message).map_err(|_| Gone)?;
        self.send(Message::Text(text.into())).await
    }

    /// Sends a piece of a log.
    pub(super) async fn output(&self, stream: u32, offset: u64, bytes: &[u8]) -> Result<(), Gone> {
        let mut frame = BytesMut::with_capacity(FRAME_HEADER_BYTES + bytes.len());
        frame.put_u32(stream);
        frame.put_u64(offset);
        frame.put_slice(bytes);
        self.send(Message::Binary(frame.freeze())).await
    }

    /// Closes the connection with a code that the page understands.
    pub(super) async fn close(&self, code: u16, reason: &'static str) {
        // Already gone is closed.
        let _ = self
            .send(Message::Close(Some(CloseFrame {
                code,
                reason: reason.into(),
            })))
            .await;
    }

    async fn send(&self, message: Message) -> Result<(), Gone> {
        self.0.send(message).await.map_err(|_| Gone)
    }
}

async fn send_all(mut messages: mpsc::Receiver<Message>, mut sink: SplitSink<WebSocket, Message>) {
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            message = messages.recv() => match message {
                Some(message) => message,
                None => return,
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
        };
        let is_last = matches!(message, Message::Close(_));
        match timeout(SEND_WITHIN, sink.send(message)).await {
            Ok(Ok(())) if !is_last => {}
            _ => return,
        }
    }
}
