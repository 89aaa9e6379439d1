//! The server: who you are and what you may, over HTTP and one WebSocket.
//!
//! `app` holds the use cases and knows nothing of HTTP; `http` and `socket` parse, call and shape.
//! The server has the database and the session key, and no files: for those it asks a host.
//!
//! Read first: `state` (what a request can reach), `http::actors` (who may call what, as types),
//! then `http` for the list of routes.

#![forbid(unsafe_code)]

mod accept;
pub mod app;
mod hosts;
pub mod http;
mod jobs;
mod places;
mod serve;
mod settings;
mod socket;
mod state;
mod stopping;
#[cfg(test)]
mod testing;

/// What the operator's commands work with.
pub use pythonide_domain as domain;
/// The way to a host.
pub use pythonide_link as link;
/// The database.
pub use pythonide_store as store;
pub use secrecy::{ExposeSecret, SecretString as Secret};

pub use serve::{Running, ServeError, serve};
pub use settings::{DatabaseSettings, SecretKey, ServerSettings};
pub use state::App;

/// Owns what professors hand out. Just beneath the uids of students, in a range that nobody else has.
pub const SHARED_UID: u32 = 19_998;
/// Runs the server where the host is root.
pub const SERVER_UID: u32 = 19_999;
