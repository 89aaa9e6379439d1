//! What differs between the two engines: how they are opened, and what their catalogues are called.

use std::fmt;

pub(crate) mod postgres;
pub(crate) mod sqlite;

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file on a local disk: one machine.
    Sqlite,
    /// A server: any number of machines.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}
