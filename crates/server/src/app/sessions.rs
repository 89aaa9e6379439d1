//! Signing in and out, and who a token belongs to.

use chrono::{DateTime, TimeDelta, Utc};
use pythonide_domain::{SessionId, User, Username};
use pythonide_store::{
    StoreError,
    audit::{self, NewAuditEntry},
    sessions::{self, NewSession},
    users,
};
use secrecy::SecretString;

use super::{AppError, passwords::Verified};
use crate::state::App;

/// A use is noted at most this often: every request of a session would be a write.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Somebody's session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user: User,
    /// When it ends if it is not used.
    pub expires_at: DateTime<Utc>,
}

/// Where a sign-in comes from, to be shown to its user.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The browser.
    pub user_agent: Option<String>,
    /// The address.
    pub address: Option<String>,
}

/// Signs somebody in; returns the token for the cookie.
pub(crate) async fn sign_in(
    app: &App,
    username: &str,
    password: SecretString,
    origin: Origin,
) -> Result<(String, Session), AppError> {
    // What is no username belongs to nobody, which takes as long to find out as a wrong password.
    let found = match Username::parse(username) {
        Ok(username) => users::password_hash_of(&app.db, &username).await?,
        Err(_) => None,
    };
    let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), hash));
    let costliest = users::costliest_bcrypt(&app.db).await?;
    let verified = app
        .passwords
        .verify(password, hash.clone(), costliest)
        .await?;
    let (Some(user), Verified::Right { better }) = (user.filter(|user| user.is_active), verified)
    else {
        return Err(AppError::WrongCredentials);
    };
    let (token, token_hash) = app.tokens.make();
    let now = app.clock.now();
    let new = NewSession {
        token_hash,
        user: user.id,
        created_at: now,
        expires_at: now + app.session_idle(),
        ends_at: now + app.session_total(),
        user_agent: origin.user_agent,
        address: origin.address,
    };
    let upgrade = hash.zip(better);
    let begun = match begin(app, new.clone(), upgrade.as_ref()).await {
        Err(error) if upgrade.is_some() => {
            // The old hash is as good for the next sign-in.
            tracing::warn!(?error, "a password keeps its old hash");
            begin(app, new, None).await
        }
        begun => begun,
    };
    let session = begun?;
    Ok((
        token,
        Session {
            id: session.id,
            user,
            expires_at: session.expires_at,
        },
    ))
}

/// Stores a session, and with it the better hash of the password, given with the one it replaces.
async fn begin(
    app: &App,
    new: NewSession,
    upgrade: Option<&(String, String)>,
) -> Result<sessions::Session, StoreError> {
    let (user, now) = (new.user, new.created_at);
    let mut tx = app.db.begin().await?;
    sessions::delete_expired(&mut tx, now).await?;
    let session = sessions::insert(&mut tx, new).await?;
    if let Some((old, better)) = upgrade {
        // A password that was changed meanwhile is left as it is.
        users::replace_password_hash(&mut tx, user, old, better, now).await?;
    }
    tx.commit().await?;
    Ok(session)
}

/// Whose session `token` opens, noting the use.
pub(crate) async fn find(app: &App, token: &str) -> Result<Session, AppError> {
    let now = app.clock.now();
    for hash in app.tokens.hashes(token) {
        let Some((session, user)) = sessions::find(&app.db, &hash, now).await? else {
            continue;
        };
        let mut expires_at = session.expires_at;
        if now - session.last_seen_at >= NOTED_EVERY {
            expires_at = (now + app.session_idle()).min(session.ends_at);
            let mut tx = app.db.begin().await?;
            sessions::touch(&mut tx, session.id, now, expires_at).await?;
            tx.commit().await?;
        }
        return Ok(Session {
            id: session.id,
            user,
            expires_at,
        });
    }
    Err(AppError::SignedOut)
}

/// Ends a session.
pub(crate) async fn sign_out(app: &App, session: &Session) -> Result<(), AppError> {
    let mut tx = app.db.begin().await?;
    sessions::delete(&mut tx, session.id).await?;
    audit::insert(
        &mut tx,
        NewAuditEntry {
            at: app.clock.now(),
            actor: Some(session.user.id),
            action: "session.ended".to_owned(),
            subject: session.user.username.to_string(),
            detail: String::new(),
        },
    )
    .await?;
    Ok(tx.commit().await?)
}
