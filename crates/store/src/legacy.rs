//! The users of an older installation, read from its own PostgreSQL database. Nothing is ever written there.

use std::fmt;

use pythonide_domain::Uid;
use secrecy::SecretString;

use crate::db::Db;
use crate::engine::{Engine, postgres};
use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::OpenTx;
use crate::url::DatabaseUrl;

/// A user as the older installation wrote it down; no rule of ours holds for it yet.
#[derive(Debug, Clone)]
pub struct LegacyUser {
    /// The name to sign in with, and of the folder of the files.
    pub username: Option<String>,
    /// The address of mail.
    pub email: Option<String>,
    /// What passwords were compared with.
    pub password_hash: Option<SecretString>,
    /// What others read.
    pub full_name: Option<String>,
    /// A word for the role.
    pub role: Option<String>,
    /// Whether they could sign in; not, where nothing was said.
    pub is_active: bool,
}

/// Why the users can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// The database can't be reached or read.
    #[error("the old database can't be read")]
    Store(#[from] StoreError),
    /// The address is not PostgreSQL's.
    #[error("the old database must be PostgreSQL, as in postgresql://user:password@host:5432/name")]
    NotPostgres,
    /// There is no table `users` where the user of the address looks for one.
    #[error("the old database has no table users")]
    NoTable,
    /// The table is another one than expected.
    #[error("the table users of the old database lacks {}", Lacking(.0))]
    NoColumns(Vec<&'static str>),
    /// More than there can be here.
    #[error(
        "the old database has more than {} users, which is more than one installation takes",
        MOST
    )]
    TooMany,
}

/// The uids that there are.
const MOST: u32 = Uid::MAX - Uid::MIN + 1;
const COLUMNS: [&str; 6] = [
    "username",
    "email",
    "password_hash",
    "full_name",
    "role",
    "is_active",
];

sql! {
    // Casts, for a role may be an enumeration there, a name case-insensitive text, and a flag a number.
    LEGACY_USERS = "
        SELECT CAST(username AS TEXT) AS username, CAST(email AS TEXT) AS email,
               CAST(password_hash AS TEXT) AS password_hash, CAST(full_name AS TEXT) AS full_name,
               CAST(role AS TEXT) AS role, CAST(is_active AS TEXT) AS is_active
          FROM users ORDER BY username LIMIT $1";
}

/// Returns all users, by username, as of one moment. Columns that are not ours are left aside.
pub async fn users(url: &DatabaseUrl) -> Result<Vec<LegacyUser>, LegacyError> {
    if url.file().is_some() {
        return Err(LegacyError::NotPostgres);
    }
    let db = Db::open(url, 1).await?;
    debug_assert_eq!(db.engine(), Engine::Postgres, "as its address says");
    let read = read(&db).await;
    db.close().await;
    read
}

async fn read(db: &Db) -> Result<Vec<LegacyUser>, LegacyError> {
    let mut snapshot = db.begin_snapshot().await?;
    let OpenTx::Postgres(connection) = snapshot.open() else {
        return Err(LegacyError::NotPostgres);
    };
    let columns: Vec<String> = sqlx::query_scalar(postgres::COLUMNS_OF_USERS)
        .fetch_all(&mut **connection)
        .await
        .map_err(|source| StoreError::while_doing("COLUMNS_OF_USERS", source))?;
    if columns.is_empty() {
        return Err(LegacyError::NoTable);
    }
    let lacking: Vec<_> = COLUMNS
        .into_iter()
        .filter(|needed| !columns.iter().any(|column| column == needed))
        .collect();
    if !lacking.is_empty() {
        return Err(LegacyError::NoColumns(lacking));
    }
    let rows: Vec<LegacyUserRow> = Reader::from(&mut snapshot)
        .all(&LEGACY_USERS, (i64::from(MOST) + 1,))
        .await?;
    if rows.len() > MOST as usize {
        return Err(LegacyError::TooMany);
    }
    Ok(rows.into_iter().map(LegacyUser::from).collect())
}

/// Columns, as a sentence names them.
struct Lacking<'a>(&'a [&'static str]);

impl fmt::Display for Lacking<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(out, "the column{plural} {}", self.0.join(", "))
    }
}

#[derive(sqlx::FromRow)]
struct LegacyUserRow {
    username: Option<String>,
    email: Option<String>,
    password_hash: Option<String>,
    full_name: Option<String>,
    role: Option<String>,
    is_active: Option<String>,
}

impl From<LegacyUserRow> for LegacyUser {
    fn from(row: LegacyUserRow) -> Self {
        let LegacyUserRow {
            username,
            email,
            password_hash,
            full_name,
            role,
            is_active,
        } = row;
        Self {
            username,
            email,
            password_hash: password_hash.map(SecretString::from),
            full_name,
            role,
            is_active: matches!(is_active.as_deref(), Some("true" | "t" | "1")),
        }
    }
}
