//! Accounts. A uid is given with the account and never again.

use chrono::{DateTime, Utc};
use pythonide_domain::{
    ClassId, EmailAddress, FullName, NewUser, Role, Uid, User, UserId, Username,
};
use uuid::Uuid;

use crate::error::StoreError;
use crate::events::Event;
use crate::reader::Reader;
use crate::sessions;
use crate::tx::Tx;

/// Which users to list or count; the default is all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only members of this class.
    pub class: Option<ClassId>,
    /// Only users of this role.
    pub role: Option<Role>,
    /// Only those who may, or may not, sign in.
    pub is_active: Option<bool>,
}

/// What may be changed about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// What others read.
    pub full_name: FullName,
    /// Where mail reaches the person, if known.
    pub email: Option<EmailAddress>,
    /// What the person may do.
    pub role: Role,
}

/// The columns of [`UserRow`], from `users AS u`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.full_name, u.email, u.role, u.uid, u.is_active, u.created_at"
    };
}
pub(crate) use user_columns;

macro_rules! user_filter {
    () => {
        "     (u.role = $1 OR $1 IS NULL)
          AND (u.is_active = $2 OR $2 IS NULL)
          AND (EXISTS (SELECT 1 FROM memberships AS m WHERE m.user_id = u.id AND m.class_id = $3)
               OR $3 IS NULL)"
    };
}

sql! {
    NEXT_UID = "
        UPDATE uid_counter SET next_uid = next_uid + 1 WHERE next_uid <= $1
        RETURNING next_uid - 1 AS uid";

    INSERT_USER = "
        INSERT INTO users (id, username, full_name, email, role, password_hash, uid, is_active,
                           created_at, updated_at, password_changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8, $8, $9)";

    USER_BY_ID = "SELECT ", user_columns!(), " FROM users AS u WHERE u.id = $1";

    USER_BY_USERNAME = "SELECT ", user_columns!(), " FROM users AS u WHERE u.username = $1";

    USER_WITH_PASSWORD_HASH = "
        SELECT ", user_columns!(), ", u.password_hash FROM users AS u WHERE u.username = $1";

    LIST_USERS = "
        SELECT ", user_columns!(), " FROM users AS u
         WHERE ", user_filter!(), " AND u.username > $4
         ORDER BY u.username LIMIT $5";

    COUNT_USERS = "SELECT COUNT(*) AS count FROM users AS u WHERE ", user_filter!();

    SET_PASSWORD_HASH = "
        UPDATE users SET password_hash = $2, password_changed_at = $3, updated_at = $3 WHERE id = $1";

    CHANGE_PASSWORD_HASH = "
        UPDATE users SET password_hash = $3, password_changed_at = $4, updated_at = $4
         WHERE id = $1 AND password_hash = $2";

    HOLD_SIGN_IN = "UPDATE users SET is_active = is_active WHERE id = $1 AND password_hash = $2 AND is_active = $3";

    REPLACE_PASSWORD_HASH = "
        UPDATE users SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2";

    COSTLIEST_BCRYPT = "
        SELECT MAX(substr(password_hash, 5, 2)) AS cost FROM users
         WHERE password_hash LIKE '$2_$__$%'";

    SET_USER_ACTIVE = "UPDATE users SET is_active = $2, updated_at = $3 WHERE id = $1";

    UPDATE_USER = "
        UPDATE users SET full_name = $2, email = $3, role = $4, updated_at = $5 WHERE id = $1";

    DELETE_USER = "DELETE FROM users WHERE id = $1";
}

/// Makes an account, with the next free uid; it may sign in once it has a password.
///
/// Inserts wait for each other until the transaction ends, as each takes the number after the other's.
pub async fn insert(
    tx: &mut Tx,
    new: NewUser,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<User, StoreError> {
    let uid = next_uid(tx).await?;
    let NewUser {
        username,
        full_name,
        email,
        role,
    } = new;
    let id = UserId::new(now);
    let params = (
        id.uuid(),
        username.as_str(),
        full_name.as_str(),
        email.as_ref().map(EmailAddress::as_str),
        role.as_str(),
        password_hash,
        i64::from(uid.get()),
        now,
        password_hash.map(|_| now),
    );
    tx.execute(&INSERT_USER, params).await?;
    Ok(User {
        id,
        username,
        full_name,
        email,
        role,
        uid,
        is_active: true,
        created_at: now,
    })
}

/// Returns the user, active or not.
pub async fn by_id(reader: impl Into<Reader<'_>>, id: UserId) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = reader.into().optional(&USER_BY_ID, (id.uuid(),)).await?;
    row.map(User::try_from).transpose()
}

/// Returns the user, active or not.
pub async fn by_username(
    reader: impl Into<Reader<'_>>,
    username: &Username,
) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> = reader
        .into()
        .optional(&USER_BY_USERNAME, (username.as_str(),))
        .await?;
    row.map(User::try_from).transpose()
}

/// Returns the user, active or not, with what the password is checked against, if it has been set.
pub async fn password_hash_of(
    reader: impl Into<Reader<'_>>,
    username: &Username,
) -> Result<Option<(User, Option<String>)>, StoreError> {
    let row: Option<UserWithPasswordHashRow> = reader
        .into()
        .optional(&USER_WITH_PASSWORD_HASH, (username.as_str(),))
        .await?;
    row.map(|row| Ok((row.user.try_into()?, row.password_hash)))
        .transpose()
}

/// Returns up to `limit` users in the order of their usernames, starting after `after`.
pub async fn list(
    reader: impl Into<Reader<'_>>,
    filter: UserFilter,
    after: Option<&Username>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let UserFilter {
        class,
        role,
        is_active,
    } = filter;
    let params = (
        role.map(Role::as_str),
        is_active,
        class.map(ClassId::uuid),
        // No username is empty, so this is before the first.
        after.map_or("", Username::as_str),
        i64::from(limit),
    );
    let rows: Vec<UserRow> = reader.into().all(&LIST_USERS, params).await?;
    rows.into_iter().map(User::try_from).collect()
}

/// Counts the users that `list` would go through.
pub async fn count(reader: impl Into<Reader<'_>>, filter: UserFilter) -> Result<u64, StoreError> {
    let UserFilter {
        class,
        role,
        is_active,
    } = filter;
    let params = (role.map(Role::as_str), is_active, class.map(ClassId::uuid));
    let (count,): (i64,) = reader.into().one(&COUNT_USERS, params).await?;
    Ok(count.unsigned_abs())
}

/// Sets a new password; returns whether there is such a user. Ending the sessions is the caller's to do.
pub async fn set_password_hash(
    tx: &mut Tx,
    id: UserId,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&SET_PASSWORD_HASH, (id.uuid(), password_hash, now))
        .await?
        == 1)
}

/// Sets a new password in place of the one that was verified against `old`; returns `false` if that was changed meanwhile, and
/// then changes nothing. Ending the sessions is the caller's to do.
pub async fn change_password_hash(
    tx: &mut Tx,
    id: UserId,
    old: &str,
    new: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&CHANGE_PASSWORD_HASH, (id.uuid(), old, new, now))
        .await?
        == 1)
}

/// Keeps the same password under a better hash; returns `false` if it was changed meanwhile, and then changes nothing.
pub async fn replace_password_hash(
    tx: &mut Tx,
    id: UserId,
    old: &str,
    new: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&REPLACE_PASSWORD_HASH, (id.uuid(), old, new, now))
        .await?
        == 1)
}

/// Returns whether a user is active and still has the password of which this is the hash; if so, until the end of the
/// transaction neither changes.
pub async fn hold_sign_in(tx: &mut Tx, id: UserId, hash: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&HOLD_SIGN_IN, (id.uuid(), hash, true)).await? == 1)
}

/// Returns the highest cost among the bcrypt hashes, which come from older installations; `None` when there is none left.
///
/// Looks at every user: some milliseconds for as many as there can be.
pub async fn costliest_bcrypt(reader: impl Into<Reader<'_>>) -> Result<Option<u32>, StoreError> {
    let (cost,): (Option<String>,) = reader.into().one(&COSTLIEST_BCRYPT, ()).await?;
    cost.map(|cost| cost.parse())
        .transpose()
        .map_err(StoreError::corrupt("users"))
}

/// Lets a user in, or keeps them out and ends their sessions; returns whether there is such a user.
pub async fn set_active(
    tx: &mut Tx,
    id: UserId,
    is_active: bool,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_there = tx
        .execute(&SET_USER_ACTIVE, (id.uuid(), is_active, now))
        .await?
        == 1;
    if is_there && !is_active {
        sessions::delete_all_of(tx, id, None).await?;
    }
    Ok(is_there)
}

/// Changes the name, the address and the role; returns whether there is such a user.
pub async fn update(
    tx: &mut Tx,
    id: UserId,
    details: &UserDetails,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let UserDetails {
        full_name,
        email,
        role,
    } = details;
    let email = email.as_ref().map(EmailAddress::as_str);
    let params = (id.uuid(), full_name.as_str(), email, role.as_str(), now);
    Ok(tx.execute(&UPDATE_USER, params).await? == 1)
}

/// Deletes the account with its memberships and sessions; returns whether there was one. Its uid is not given again.
pub async fn delete(tx: &mut Tx, id: UserId) -> Result<bool, StoreError> {
    let is_deleted = tx.execute(&DELETE_USER, (id.uuid(),)).await? == 1;
    if is_deleted {
        tx.tell(Event::SessionsEnded { user: id }).await?;
    }
    Ok(is_deleted)
}

async fn next_uid(tx: &mut Tx) -> Result<Uid, StoreError> {
    let given: Option<(i64,)> = Reader::from(tx)
        .optional(&NEXT_UID, (i64::from(Uid::MAX),))
        .await?;
    let (uid,) = given.ok_or(StoreError::UidsExhausted)?;
    Uid::try_from(uid).map_err(StoreError::corrupt("uid_counter"))
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct UserRow {
    id: Uuid,
    username: String,
    full_name: String,
    email: Option<String>,
    role: String,
    uid: i64,
    is_active: bool,
    created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct UserWithPasswordHashRow {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: Option<String>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let UserRow {
            id,
            username,
            full_name,
            email,
            role,
            uid,
            is_active,
            created_at,
        } = row;
        Ok(Self {
            id: id.into(),
            username: Username::parse(&username).map_err(StoreError::corrupt("users"))?,
            full_name: FullName::parse(&full_name).map_err(StoreError::corrupt("users"))?,
            email: email
                .map(|email| EmailAddress::parse(&email))
                .transpose()
                .map_err(StoreError::corrupt("users"))?,
            role: Role::parse(&role).map_err(StoreError::corrupt("users"))?,
            uid: Uid::try_from(uid).map_err(StoreError::corrupt("users"))?,
            is_active,
            created_at,
        })
    }
}
