//! The gRPC service between a server and a host: its messages, its client, its listener.
//!
//! The service is written down in `proto/host.proto`. Nothing here decides anything: rights are
//! the server's, confinement is the host's. A refusal travels as a [`Refusal`] within a
//! `tonic::Status`, so that both ends share one list of reasons.

#![forbid(unsafe_code)]

mod client;
mod listener;
mod refusal;

pub use client::{HostClient, connect};
pub use listener::{LinkAddress, Listener, bind};
pub use refusal::{Refusal, RefusalKind};

/// The messages and the service, as generated from `proto/host.proto`.
#[expect(
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
pub mod wire {
    tonic::include_proto!("pythonide.host.v1");
}

/// The largest message either end takes: a text at the editor's limit, with room for the rest.
pub const MAX_MESSAGE_BYTES: usize = 8 << 20;
/// What one stream may have on the way, in bytes.
pub const STREAM_WINDOW: u32 = 256 << 10;
/// Streams of one connection at once.
pub const MAX_STREAMS: u32 = 4096;
/// What all streams of a connection may have on the way: all that each of them may, so that one whose
/// browser does not read holds up no other.
pub const CONNECTION_WINDOW: u32 = MAX_STREAMS * STREAM_WINDOW;
