#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[macro_use]
mod statement;

pub mod audit;
pub mod classes;
mod db;
mod engine;
mod error;
pub mod events;
pub mod hosts;
pub mod legacy;
mod migrate;
mod reader;
pub mod runs;
pub mod sessions;
pub mod transfer;
mod tx;
mod url;
pub mod users;

pub use db::Db;
pub use engine::Engine;
pub use error::{StoreError, Unique};
pub use migrate::Schema;
pub use reader::Reader;
pub use statement::Statement;
pub use tx::Tx;
pub use url::{DatabaseUrl, DatabaseUrlProblem};
