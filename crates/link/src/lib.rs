//! The gRPC service between a server and a host: its messages, its client, its listener.
//!
//! The service is written down in `proto/host.proto`. Nothing here decides anything: rights are
//! the server's, confinement is the host's. A refusal travels as a [`Refusal`] within a
//! `tonic::Status`, so that both ends share one list of reasons.

#![forbid(unsafe_code)]

mod address;
mod client;
mod codec;
mod key;
mod listener;
mod refusal;
mod workspace;

pub use address::{LinkAddress, LinkAddresses};
pub use client::{HostClient, connect};
pub use key::{LinkKey, LinkKeyProblem};
pub use listener::{Connection, Listener, bind, bind_all};
pub use refusal::{Refusal, RefusalKind};
pub use workspace::OfWorkspace;

/// The key of a link over TCP, as a setting of either end.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct LinkKeySettings {
    /// What servers and hosts prove themselves with over TCP: at least 32 characters, the same at both.
    #[arg(long, env = "IDE_LINK_KEY", value_name = "KEY", hide_env_values = true)]
    pub link_key: Option<LinkKey>,
    /// The same, in a file: for secrets that are mounted.
    #[arg(
        long,
        env = "IDE_LINK_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "link_key"
    )]
    pub link_key_file: Option<std::path::PathBuf>,
}

impl LinkKeySettings {
    /// The key, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read or holds no key.
    pub fn read(&self) -> Result<Option<LinkKey>, LinkError> {
        let Some(file) = &self.link_key_file else {
            return Ok(self.link_key.clone());
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| LinkError::KeyFile(file.clone(), error.to_string()))?;
        let key = text
            .parse()
            .map_err(|error: LinkKeyProblem| LinkError::KeyFile(file.clone(), error.to_string()))?;
        Ok(Some(key))
    }
}

/// Why a link cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A port is open to everybody who can reach it.
    #[error("a link over TCP needs a link key, the same at both ends (IDE_LINK_KEY)")]
    NoKey,
    /// The key is of no use.
    #[error("the link key could not be used")]
    Key(#[from] tokio_rustls::rustls::Error),
    /// The key's file is of no use.
    #[error("the link key in {0}: {1}")]
    KeyFile(std::path::PathBuf, String),
    /// The address is not to be had.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

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
/// Streams that a server may have given up before the host has taken them. A browser that is gone gives up its streams, and
/// HTTP/2's usual limit of 20 would end the connection, with everybody's streams.
pub const MAX_RESETS: usize = 1 << 16;
/// What all streams of a connection may have on the way: all that each of them may, so that one whose
/// browser does not read holds up no other.
pub const CONNECTION_WINDOW: u32 = MAX_STREAMS * STREAM_WINDOW;
