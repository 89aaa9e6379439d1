//! The setting that says where the database is, and its password, which is never shown.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

/// Where the database is: `sqlite:///absolute/file`, `sqlite://relative/file`, or
/// `postgresql://user:password@host:port/database`.
///
/// `Display` and `Debug` show it without the password. A PostgreSQL address takes libpq's `?sslmode=…&sslrootcert=…`; what a
/// path of SQLite says is taken as it stands, without percent-decoding.
#[derive(Clone)]
pub struct DatabaseUrl {
    whole: SecretString,
    target: Target,
}

#[derive(Clone)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// Why a text says no database. Never repeats the text, as it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlProblem {
    /// It starts with neither `sqlite:` nor `postgresql:`.
    #[error(
        "the database is given as sqlite:///path/to/file or postgresql://user:password@host:5432/name"
    )]
    Scheme,
    /// The SQLite address has no file.
    #[error(
        "the address of an SQLite database needs the path of its file, as in sqlite:///path/to/file"
    )]
    NoFile,
    /// The SQLite address has an option, or no file.
    #[error("the address of an SQLite database takes no options, and the database must be a file")]
    NotAFile,
    /// The PostgreSQL address can't be read.
    #[error(
        "the address of the PostgreSQL database can't be read: its port must be a number up to 65535, its sslmode one of \
         disable, allow, prefer, require, verify-ca and verify-full, and in its password, characters such as @ : / ? # \
         and % are written percent-encoded, as in %40"
    )]
    Postgres,
    /// The PostgreSQL address ends before the name of the database.
    #[error(
        "the address of the PostgreSQL database lacks the name of the database after the last slash"
    )]
    NoDatabase,
}

impl DatabaseUrl {
    /// Returns the whole address, with its password, for a child process that has to connect too.
    pub fn expose(&self) -> &str {
        self.whole.expose_secret()
    }

    /// Returns the file of an SQLite database.
    pub fn file(&self) -> Option<&Path> {
        match &self.target {
            Target::Sqlite(file) => Some(file),
            Target::Postgres(_) => None,
        }
    }

    /// Returns the folder of an SQLite database, in which it keeps its journal too.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.target {
            Target::Sqlite(file) => file.parent().map(PathBuf::from),
            Target::Postgres(_) => None,
        }
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlProblem;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlProblem> {
        let text = text.trim();
        let target = match text.split_once(':') {
            Some(("sqlite", rest)) => sqlite(rest)?,
            Some(("postgres" | "postgresql", _)) => postgres(text)?,
            _ => return Err(DatabaseUrlProblem::Scheme),
        };
        Ok(Self {
            whole: SecretString::from(text),
            target,
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Sqlite(path) => write!(out, "sqlite://{}", path.display()),
            Target::Postgres(options) => {
                write!(out, "postgresql://{}@", options.get_username())?;
                match options.get_socket() {
                    Some(folder) => write!(out, "{}", folder.display())?,
                    None => write!(out, "{}:{}", options.get_host(), options.get_port())?,
                }
                write!(out, "/{}", options.get_database().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DatabaseUrl({self})")
    }
}

fn sqlite(rest: &str) -> Result<Target, DatabaseUrlProblem> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.ends_with('/') {
        Err(DatabaseUrlProblem::NoFile)
    } else if path.contains('?') || path.contains(":memory:") {
        Err(DatabaseUrlProblem::NotAFile)
    } else {
        Ok(Target::Sqlite(PathBuf::from(path)))
    }
}

/// Refuses addresses that an unencoded password has cut in the wrong place: the rest of it would be shown as the host's or
/// the database's name.
fn postgres(text: &str) -> Result<Target, DatabaseUrlProblem> {
    let options: PgConnectOptions = text.parse().map_err(|_| DatabaseUrlProblem::Postgres)?;
    let database = options.get_database().unwrap_or_default();
    if text.contains('#') || database.contains(['@', '/', ':']) || options.get_host().contains('@')
    {
        return Err(DatabaseUrlProblem::Postgres);
    }
    if database.is_empty() {
        return Err(DatabaseUrlProblem::NoDatabase);
    }
    Ok(Target::Postgres(Box::new(options)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<DatabaseUrl>()
            .map_or_else(|problem| format!("{problem:?}"), |url| url.to_string())
    }

    #[test]
    fn both_engines_are_known_by_their_scheme() {
        for (text, seen) in [
            ("sqlite:///var/lib/ide.db", "sqlite:///var/lib/ide.db"),
            ("sqlite://ide.db", "sqlite://ide.db"),
            ("sqlite:ide.db", "sqlite://ide.db"),
            ("sqlite:///a b%20c.db", "sqlite:///a b%20c.db"),
            ("postgresql://u:p@db:6000/ide", "postgresql://u@db:6000/ide"),
            (
                "postgres://u@db/ide?sslmode=require",
                "postgresql://u@db:5432/ide",
            ),
            (
                "postgresql://u@localhost/ide?host=/tmp/s",
                "postgresql://u@/tmp/s/ide",
            ),
            ("mysql://u:p@db/ide", "Scheme"),
            ("ide.db", "Scheme"),
            ("", "Scheme"),
            ("sqlite://", "NoFile"),
            ("sqlite:///var/lib/", "NoFile"),
            ("sqlite::memory:", "NotAFile"),
            ("sqlite:///x.db?mode=ro", "NotAFile"),
            ("postgresql://u:p@db", "NoDatabase"),
            ("postgresql://u:p@db/", "NoDatabase"),
        ] {
            assert_eq!(shown(text), seen, "{text}");
        }
    }

    #[test]
    fn a_password_is_in_nothing_that_is_shown() {
        let url: DatabaseUrl = "postgresql://u:s3cret@db/ide".parse().unwrap();
        assert!(!format!("{url} {url:?} {url:#?}").contains("s3cret"));
        assert!(url.expose().contains("s3cret"));
    }

    #[test]
    fn a_password_that_is_not_encoded_is_refused_and_not_shown() {
        for password in [
            "12/s3cret",
            "12#s3cret",
            "12?s3cret",
            "s3cret/12",
            "a#s3cret",
            "a:12/@s3cret",
            "@/s3cret",
        ] {
            let problem = format!("postgresql://u:{password}@db/ide").parse::<DatabaseUrl>();
            let Err(problem) = problem else {
                panic!("{password} was taken: {problem:?}")
            };
            assert!(
                !format!("{problem} {problem:?}").contains("s3cret"),
                "{password}"
            );
        }
    }
}
