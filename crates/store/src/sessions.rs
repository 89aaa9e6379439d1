//! Sign-ins. The database knows the keyed hash of a token, never the token.
//!
//! A session ends at the first of: `expires_at`, which slides while it is used; `ends_at`, which does not; its deletion; the
//! user's being made inactive. But for the first two, every server is told ([`Event::SessionsEnded`]).

use std::fmt;

use chrono::{DateTime, Utc};
use pythonide_domain::{SessionId, User, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::events::Event;
use crate::reader::Reader;
use crate::tx::Tx;
use crate::users::{UserRow, user_columns};

/// The HMAC-SHA256 of a session's token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl From<[u8; 32]> for TokenHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenHash(…)")
    }
}

/// One sign-in of one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it where its owner sees the list.
    pub id: SessionId,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last used, as coarsely as the caller touches it.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// When it ends however much it is used.
    pub ends_at: DateTime<Utc>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
}

/// What is needed to sign in; the id is given when it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The keyed hash of the token in the cookie.
    pub token_hash: TokenHash,
    /// Who signs in.
    pub user: UserId,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// When it ends however much it is used.
    pub ends_at: DateTime<Utc>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Where it signs in from.
    pub address: Option<String>,
}

/// The columns of [`SessionRow`], from `sessions AS s`; named so that they can stand beside a user's.
macro_rules! session_columns {
    () => {
        "s.id AS session_id, s.user_id, s.created_at AS signed_in_at, s.last_seen_at, s.expires_at,
         s.ends_at, s.user_agent, s.address"
    };
}

sql! {
    INSERT_SESSION = "
        INSERT INTO sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, ends_at,
                              user_agent, address)
        VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)";

    SESSION_BY_TOKEN_HASH = "
        SELECT ", session_columns!(), ", ", user_columns!(), "
          FROM sessions AS s JOIN users AS u ON u.id = s.user_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.ends_at > $2 AND u.is_active";

    SESSIONS_OF_USER = "
        SELECT ", session_columns!(), " FROM sessions AS s
         WHERE s.user_id = $1 AND s.expires_at > $2 AND s.ends_at > $2
         ORDER BY s.last_seen_at DESC, s.id LIMIT $3";

    TOUCH_SESSION = "
        UPDATE sessions
           SET last_seen_at = $2, expires_at = CASE WHEN $3 < ends_at THEN $3 ELSE ends_at END
         WHERE id = $1 AND last_seen_at < $2";

    DELETE_SESSION = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";

    DELETE_SESSIONS_OF_USER = "
        DELETE FROM sessions WHERE user_id = $1 AND (id <> $2 OR $2 IS NULL)";

    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1 OR ends_at <= $1";
}

/// Keeps a new session.
pub async fn insert(tx: &mut Tx, new: NewSession) -> Result<Session, StoreError> {
    let NewSession {
        token_hash,
        user,
        created_at,
        expires_at,
        ends_at,
        user_agent,
        address,
    } = new;
    let id = SessionId::new(created_at);
    let expires_at = expires_at.min(ends_at);
    let params = (
        id.uuid(),
        token_hash.0.as_slice(),
        user.uuid(),
        created_at,
        expires_at,
        ends_at,
        user_agent.as_deref(),
        address.as_deref(),
    );
    tx.execute(&INSERT_SESSION, params).await?;
    let last_seen_at = created_at;
    Ok(Session {
        id,
        user,
        created_at,
        last_seen_at,
        expires_at,
        ends_at,
        user_agent,
        address,
    })
}

/// Returns the session of a token and its user, if it has not ended at `now` and the user is active.
pub async fn find(
    reader: impl Into<Reader<'_>>,
    token_hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<(Session, User)>, StoreError> {
    let row: Option<SessionWithUserRow> = reader
        .into()
        .optional(&SESSION_BY_TOKEN_HASH, (token_hash.0.as_slice(), now))
        .await?;
    row.map(|row| Ok((row.session.into(), row.user.try_into()?)))
        .transpose()
}

/// Returns up to `limit` sessions of the user that have not ended at `now`, the last used first.
pub async fn list_of(
    reader: impl Into<Reader<'_>>,
    user: UserId,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = reader
        .into()
        .all(&SESSIONS_OF_USER, (user.uuid(), now, i64::from(limit)))
        .await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Notes that the session was used at `now` and slides its expiry to `expires_at`, but never past its end.
///
/// Returns `false` and changes nothing if the session is gone or was used later than `now`.
pub async fn touch(
    tx: &mut Tx,
    id: SessionId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&TOUCH_SESSION, (id.uuid(), now, expires_at))
        .await?
        == 1)
}

/// Signs one browser of the user out; returns `false` if it was already, or is not the user's.
pub async fn delete(tx: &mut Tx, user: UserId, id: SessionId) -> Result<bool, StoreError> {
    let is_deleted = tx
        .execute(&DELETE_SESSION, (id.uuid(), user.uuid()))
        .await?
        == 1;
    if is_deleted {
        tx.tell(Event::SessionsEnded { user }).await?;
    }
    Ok(is_deleted)
}

/// Signs a user out everywhere, but for one session if given; returns how many sessions that ended.
pub async fn delete_all_of(
    tx: &mut Tx,
    user: UserId,
    except: Option<SessionId>,
) -> Result<u64, StoreError> {
    let params = (user.uuid(), except.map(SessionId::uuid));
    let count = tx.execute(&DELETE_SESSIONS_OF_USER, params).await?;
    if count > 0 {
        tx.tell(Event::SessionsEnded { user }).await?;
    }
    Ok(count)
}

/// Forgets the sessions that have ended at `now`; returns how many.
pub async fn delete_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute(&DELETE_EXPIRED_SESSIONS, (now,)).await
}

#[derive(Debug, sqlx::FromRow)]
struct SessionRow {
    session_id: Uuid,
    user_id: Uuid,
    signed_in_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    user_agent: Option<String>,
    address: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct SessionWithUserRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let SessionRow {
            session_id,
            user_id,
            signed_in_at,
            last_seen_at,
            expires_at,
            ends_at,
            user_agent,
            address,
        } = row;
        Self {
            id: session_id.into(),
            user: user_id.into(),
            created_at: signed_in_at,
            last_seen_at,
            expires_at,
            ends_at,
            user_agent,
            address,
        }
    }
}
