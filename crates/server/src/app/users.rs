//! Accounts, as an operator makes and mends them.

use pythonide_domain::{
    Class, ClassId, ClassName, Clock, Membership, NewUser, User, Username, password,
};
use pythonide_store::{
    Db, StoreError, Tx, Unique,
    audit::{self, NewAuditEntry},
    classes, sessions,
    users::{self, UserFilter},
};
use secrecy::{ExposeSecret, SecretString};

use super::{AppError, passwords};

/// Makes an account and puts it into a class, which is made if it is missing.
///
/// # Errors
/// `Invalid` when the username is taken or the password too short.
pub async fn add(
    db: &Db,
    clock: &Clock,
    new: NewUser,
    secret: &SecretString,
    class: Option<&ClassName>,
) -> Result<User, AppError> {
    password::check(secret.expose_secret())
        .map_err(|problem| AppError::Invalid(problem.to_string()))?;
    let hash = passwords::hash(secret)?;
    let username = new.username.clone();
    let mut tx = db.begin().await?;
    let class = class_named(&mut tx, clock, class).await?;
    let user = insert(&mut tx, clock, new, Some(&hash), &class)
        .await
        .map_err(|error| match error {
            StoreError::Conflict {
                what: Unique::Username,
            } => AppError::Invalid(format!("there is a user {username} already")),
            other => other.into(),
        })?;
    tx.commit().await?;
    Ok(user)
}

/// Gives a user a new password and ends the user's sessions.
///
/// # Errors
/// `NotFound` when there is no such user, `Invalid` when the password is too short.
pub async fn reset_password(
    db: &Db,
    clock: &Clock,
    username: &Username,
    secret: &SecretString,
) -> Result<(), AppError> {
    password::check(secret.expose_secret())
        .map_err(|problem| AppError::Invalid(problem.to_string()))?;
    let hash = passwords::hash(secret)?;
    let mut tx = db.begin().await?;
    let user = users::by_username(&mut tx, username)
        .await?
        .ok_or(AppError::NotFound("user"))?;
    users::set_password_hash(&mut tx, user.id, &hash, clock.now()).await?;
    sessions::delete_all_of(&mut tx, user.id, None).await?;
    note(&mut tx, clock, "user.password_reset", username).await?;
    Ok(tx.commit().await?)
}

/// Lets a user in, or keeps them out and ends their sessions; returns whether that changed anything.
///
/// # Errors
/// `NotFound` when there is no such user.
pub async fn set_active(
    db: &Db,
    clock: &Clock,
    username: &Username,
    is_active: bool,
) -> Result<bool, AppError> {
    let mut tx = db.begin().await?;
    let user = users::by_username(&mut tx, username)
        .await?
        .ok_or(AppError::NotFound("user"))?;
    if user.is_active == is_active {
        return Ok(false);
    }
    users::set_active(&mut tx, user.id, is_active, clock.now()).await?;
    let action = if is_active {
        "user.activated"
    } else {
        "user.deactivated"
    };
    note(&mut tx, clock, action, username).await?;
    tx.commit().await?;
    Ok(true)
}

/// All users, by name.
pub async fn all(db: &Db) -> Result<Vec<User>, AppError> {
    const PAGE: u32 = 500;
    let mut found: Vec<User> = Vec::new();
    loop {
        let after = found.last().map(|user| user.username.clone());
        let page = users::list(db, UserFilter::default(), after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

/// The class of that name, made if it is missing; without a name the default one.
pub(super) async fn class_named(
    tx: &mut Tx,
    clock: &Clock,
    name: Option<&ClassName>,
) -> Result<Class, StoreError> {
    match name {
        Some(name) => classes::ensure(tx, ClassId::new(clock.now()), name).await,
        None => classes::by_id(tx, ClassId::DEFAULT)
            .await?
            .ok_or(StoreError::MissingReference {
                statement: "the default class",
            }),
    }
}

pub(super) async fn insert(
    tx: &mut Tx,
    clock: &Clock,
    new: NewUser,
    password_hash: Option<&str>,
    class: &Class,
) -> Result<User, StoreError> {
    let user = users::insert(tx, new, password_hash, clock.now()).await?;
    classes::add_member(
        tx,
        Membership {
            class: class.id,
            user: user.id,
        },
    )
    .await?;
    note(tx, clock, "user.created", &user.username).await?;
    Ok(user)
}

pub(super) async fn note(
    tx: &mut Tx,
    clock: &Clock,
    action: &str,
    username: &Username,
) -> Result<(), StoreError> {
    let entry = NewAuditEntry {
        at: clock.now(),
        actor: None,
        action: action.to_owned(),
        subject: username.to_string(),
        detail: "by the operator".to_owned(),
    };
    audit::insert(tx, entry).await.map(drop)
}
