//! The use cases: what the product does, free of HTTP. Called by `http`, by `socket` and by the CLI.

pub mod demo;
pub mod error;
pub mod legacy;
pub mod members;
pub mod passwords;
pub mod roster;
pub(crate) mod runs;
pub mod sessions;
pub mod tokens;
pub(crate) mod trees;
pub mod users;

pub use error::AppError;
