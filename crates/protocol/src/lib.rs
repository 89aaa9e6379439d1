//! What travels between the browser and the server: HTTP bodies, socket messages, problems.
//!
//! serde types only: no I/O, no axum, nothing of the database. The front end's types are written
//! from here (`cargo xtask generate`): `http` through OpenAPI, `socket` through ts-rs. Read
//! `docs/protocol.md` for the conversation these types make up.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod http;
pub mod problem;
pub mod socket;

/// The version of the socket's conversation; a page that speaks another is told to reload.
pub const PROTOCOL: u16 = 2;
