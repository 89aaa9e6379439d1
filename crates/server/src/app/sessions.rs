//! Signing in and out, where one is signed in, and who a token belongs to.

use chrono::{DateTime, TimeDelta, Utc};
use pythonide_domain::{SessionId, User, Username, password};
use pythonide_store::{
    StoreError, Tx,
    audit::{self, NewAuditEntry},
    sessions::{self, NewSession},
    users,
};
use secrecy::{ExposeSecret, SecretString};

use super::{AppError, passwords::Verified};
use crate::state::App;

/// A use is noted at most this often: every request of a session would be a write.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// More sessions than anybody would look through.
const MOST_LISTED: u32 = 100;

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
    let (Some(user), Some(hash), Verified::Right { better }) =
        (user.filter(|user| user.is_active), hash, verified)
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
    let begun = match begin(app, new.clone(), &hash, better.as_deref()).await {
        Err(error) if better.is_some() && !matches!(error, AppError::WrongCredentials) => {
            // The old hash is as good for the next sign-in.
            tracing::warn!(?error, "a password keeps its old hash");
            begin(app, new, &hash, None).await
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

/// Stores a session, and with it a better hash of the password whose `hash` was verified.
async fn begin(
    app: &App,
    new: NewSession,
    hash: &str,
    better: Option<&str>,
) -> Result<sessions::Session, AppError> {
    let (user, now) = (new.user, new.created_at);
    let mut tx = app.db.begin().await?;
    // Verifying takes its time, in which the password may have been changed, and all its sessions ended.
    if !users::hold_sign_in(&mut tx, user, hash).await? {
        return Err(AppError::WrongCredentials);
    }
    sessions::delete_expired(&mut tx, now).await?;
    let session = sessions::insert(&mut tx, new).await?;
    if let Some(better) = better {
        users::replace_password_hash(&mut tx, user, hash, better, now).await?;
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

/// Ends the session.
pub(crate) async fn sign_out(app: &App, session: &Session) -> Result<(), AppError> {
    let mut tx = app.db.begin().await?;
    sessions::delete(&mut tx, session.user.id, session.id).await?;
    note(&mut tx, app, &session.user, "session.ended", String::new()).await?;
    Ok(tx.commit().await?)
}

/// Where the user of the session is signed in, this one first and then the last used; and whether there are more.
pub(crate) async fn list(
    app: &App,
    session: &Session,
) -> Result<(Vec<sessions::Session>, bool), AppError> {
    let (user, now) = (session.user.id, app.clock.now());
    let mut found = sessions::list_of(&app.db, user, now, MOST_LISTED + 1).await?;
    let has_more = found.len() > MOST_LISTED as usize;
    found.truncate(MOST_LISTED as usize);
    found.sort_by_key(|one| one.id != session.id);
    Ok((found, has_more))
}

/// Ends one of the sessions of the user whose session this is.
pub(crate) async fn end(app: &App, session: &Session, id: SessionId) -> Result<(), AppError> {
    let mut tx = app.db.begin().await?;
    if !sessions::delete(&mut tx, session.user.id, id).await? {
        return Err(AppError::NotFound("session"));
    }
    let detail = "from another session".to_owned();
    note(&mut tx, app, &session.user, "session.ended", detail).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of the user but this one; returns how many were still good.
pub(crate) async fn end_others(app: &App, session: &Session) -> Result<u64, AppError> {
    let mut tx = app.db.begin().await?;
    let count = end_others_in(&mut tx, app, session).await?;
    if count > 0 {
        let detail = format!("all others, {count}");
        note(&mut tx, app, &session.user, "session.ended", detail).await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Gives the user of the session a new password and ends all their other sessions; returns how many were still good.
///
/// # Errors
/// `Invalid` when the new one breaks the rule, `WrongPassword` when `current` is not the one until now.
pub(crate) async fn change_password(
    app: &App,
    session: &Session,
    current: SecretString,
    new: SecretString,
) -> Result<u64, AppError> {
    password::check(new.expose_secret())
        .map_err(|problem| AppError::Invalid(problem.to_string()))?;
    let user = &session.user;
    let found = users::password_hash_of(&app.db, &user.username).await?;
    let old = found.and_then(|(_, hash)| hash);
    let verified = app.passwords.verify(current, old.clone(), None).await?;
    let (Some(old), Verified::Right { .. }) = (old, verified) else {
        return Err(AppError::WrongPassword);
    };
    let hash = app.passwords.hash(new).await?;
    let mut tx = app.db.begin().await?;
    // It may have been changed since it was verified, and is then another's word against this one.
    if !users::change_password_hash(&mut tx, user.id, &old, &hash, app.clock.now()).await? {
        return Err(AppError::WrongPassword);
    }
    let count = end_others_in(&mut tx, app, session).await?;
    let detail = format!("other sessions ended: {count}");
    note(&mut tx, app, user, "user.password_changed", detail).await?;
    tx.commit().await?;
    Ok(count)
}

async fn end_others_in(tx: &mut Tx, app: &App, session: &Session) -> Result<u64, StoreError> {
    // Those that nobody could use any more would be counted too.
    sessions::delete_expired(tx, app.clock.now()).await?;
    sessions::delete_all_of(tx, session.user.id, Some(session.id)).await
}

async fn note(
    tx: &mut Tx,
    app: &App,
    user: &User,
    action: &str,
    detail: String,
) -> Result<(), StoreError> {
    let entry = NewAuditEntry {
        at: app.clock.now(),
        actor: Some(user.id),
        action: action.to_owned(),
        subject: user.username.to_string(),
        detail,
    };
    audit::insert(tx, entry).await.map(drop)
}
