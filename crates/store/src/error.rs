//! What the database did instead of what it was asked.

use std::fmt;
use std::path::PathBuf;

use sqlx::error::ErrorKind;
use sqlx::migrate::MigrateError;

use crate::statement::Statement;

/// Why the database did not do what it was asked. `Display` never repeats the source: log the chain.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, is too busy, or takes no changes now; trying again later may work.
    #[error("the database does not do what it is asked just now")]
    Unavailable {
        /// What was seen on the connection, or what the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The first connection failed; the sentence is for the operator and holds no password.
    #[error("could not connect to {to}: {reason}")]
    Connect {
        /// The address without its password.
        to: String,
        /// The cause in plain words.
        reason: String,
        /// Whether trying again later may work.
        may_pass: bool,
    },
    /// It can be read and not written.
    #[error(
        "{at} takes no changes: it is a standby (the address of a reader), or default_transaction_read_only is set; \
         give the address of the one that writes"
    )]
    ReadOnly {
        /// The address without its password.
        at: String,
    },
    /// A value that must be unique is taken.
    #[error("this {what} is taken")]
    Conflict {
        /// Which value.
        what: Unique,
    },
    /// A row refers to another that isn't there, or isn't any more.
    #[error("{statement} refers to a row that does not exist")]
    MissingReference {
        /// The name of the statement.
        statement: &'static str,
    },
    /// All uids for users have been given.
    #[error("all numbers for users' files have been given")]
    UidsExhausted,
    /// A row holds what no row should: someone wrote to the database by hand, or a bug did.
    #[error("a row of {table} makes no sense")]
    Corrupt {
        /// Where the row is.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer version of the program has migrated the database, and this one cannot work with what it made.
    #[error(
        "the database is of a newer version of pythonide: its schema is number {database}, which programs of schema \
         {oldest} or newer can use, and this program's is {program}; start a newer version, or restore a backup that \
         was made before the database was migrated"
    )]
    NewerSchema {
        /// The newest migration in the database.
        database: i64,
        /// The oldest program that the database allows, by its newest migration.
        oldest: i64,
        /// The newest migration in this program.
        program: i64,
    },
    /// The database was not migrated for this version of the program.
    #[error(
        "the schema of the database is number {database}, this program needs {program}; migrate it first, with: \
         pythonide migrate"
    )]
    OlderSchema {
        /// The newest migration in the database; 0 if there is none.
        database: i64,
        /// The newest migration in this program.
        program: i64,
    },
    /// The database has had other migrations than this program has, or one of them broke off.
    #[error("the migrations of the database are not those of this version of pythonide")]
    Migration(#[source] MigrateError),
    /// SQLite's locks can't be trusted there.
    #[error(
        "{} is on a network file system ({kind}), where SQLite loses data; use a local disk or PostgreSQL",
        path.display()
    )]
    NetworkFileSystem {
        /// The database file.
        path: PathBuf,
        /// What the file system is called.
        kind: &'static str,
    },
    /// The database file can't be made or opened.
    #[error("could not open {}", path.display())]
    File {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database refused a statement.
    #[error("{name} failed")]
    Statement {
        /// The name of the statement.
        name: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
}

/// A value that must not come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unique {
    /// The id of a user, class, session, audit entry or run.
    Id,
    /// The username of a user.
    Username,
    /// The uid of a user.
    Uid,
    /// The name of a class.
    ClassName,
    /// A user in a class.
    Membership,
    /// The token of a session.
    Token,
}

impl fmt::Display for Unique {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Uid => "uid",
            Self::ClassName => "name of a class",
            Self::Membership => "place in the class",
            Self::Token => "token",
        })
    }
}

/// The constraint as PostgreSQL names it, and the columns as SQLite's message names them.
const CONSTRAINTS: [(Unique, &str, &str); 10] = [
    (Unique::Username, "users_username_key", "users.username"),
    (Unique::Uid, "users_uid_key", "users.uid"),
    (Unique::ClassName, "classes_name_key", "classes.name"),
    (
        Unique::Membership,
        "memberships_pkey",
        "memberships.class_id, memberships.user_id",
    ),
    (
        Unique::Token,
        "sessions_token_hash_key",
        "sessions.token_hash",
    ),
    (Unique::Id, "users_pkey", "users.id"),
    (Unique::Id, "classes_pkey", "classes.id"),
    (Unique::Id, "sessions_pkey", "sessions.id"),
    (Unique::Id, "audit_pkey", "audit.id"),
    (Unique::Id, "runs_pkey", "runs.id"),
];

impl StoreError {
    /// Sorts what a statement failed with.
    pub(crate) fn in_statement(statement: &Statement, source: sqlx::Error) -> Self {
        Self::while_doing(statement.name, source)
    }

    /// Sorts what a step failed with.
    pub(crate) fn while_doing(name: &'static str, source: sqlx::Error) -> Self {
        if is_unavailable(&source) {
            return Self::Unavailable { source };
        }
        let Some(database) = source.as_database_error() else {
            return Self::Statement { name, source };
        };
        match (database.kind(), unique(database)) {
            (ErrorKind::UniqueViolation, Some(what)) => Self::Conflict { what },
            (ErrorKind::ForeignKeyViolation, _) => Self::MissingReference { statement: name },
            _ => Self::Statement { name, source },
        }
    }

    /// Whether the same may work in a while, with nothing changed.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::ReadOnly { .. } => true,
            Self::Connect { may_pass, .. } => *may_pass,
            _ => false,
        }
    }

    /// Returns a function that turns a value no rule allows into an error about its row.
    pub(crate) fn corrupt<E>(table: &'static str) -> impl Fn(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Corrupt {
            table,
            source: Box::new(source),
        }
    }
}

fn unique(error: &dyn sqlx::error::DatabaseError) -> Option<Unique> {
    let columns = error.message().strip_prefix("UNIQUE constraint failed: ");
    CONSTRAINTS
        .iter()
        .find(|(_, postgres, sqlite)| {
            error.constraint() == Some(postgres) || columns == Some(sqlite)
        })
        .map(|(what, _, _)| *what)
}

/// Whether the same statement may work a moment later, on another connection.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_temporary(&code)),
        _ => false,
    }
}

/// SQLSTATE of PostgreSQL (five characters) or the extended result code of SQLite (a number).
fn is_temporary(code: &str) -> bool {
    if let (true, Ok(number)) = (code.len() < 5, code.parse::<u32>()) {
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN and their extended forms,
        // which keep the low byte: locks, and a disk that is full or mounted to be read.
        return matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14);
    }
    // Connection lost; out of resources; shut down or cancelled by the operator or a time limit; to be read only, as in a
    // failover; deadlock or serialization.
    ["08", "53", "57"]
        .iter()
        .any(|class| code.starts_with(class))
        || matches!(code, "25006" | "40001" | "40P01" | "25P03" | "25P04")
}

#[cfg(test)]
mod tests {
    use super::is_temporary;

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        for (code, is_so) in [
            ("5", true),
            ("517", true),
            ("6", true),
            ("1", false),
            ("1555", false),
            ("1544", true),
            ("778", true),
            ("13", true),
            ("11", false),
            ("25006", true),
            ("25001", false),
            ("08006", true),
            ("53300", true),
            ("57P01", true),
            ("57014", true),
            ("40P01", true),
            ("42703", false),
            ("23505", false),
        ] {
            assert_eq!(is_temporary(code), is_so, "{code}");
        }
    }
}
