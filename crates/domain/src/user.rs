//! An account.

use chrono::{DateTime, Utc};

use crate::email::EmailAddress;
use crate::full_name::FullName;
use crate::ids::UserId;
use crate::role::Role;
use crate::uid::Uid;
use crate::username::Username;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes, even if the username does.
    pub id: UserId,
    /// What the person signs in with; also the folder of their files.
    pub username: Username,
    /// What others read.
    pub full_name: FullName,
    /// Where mail reaches the person, if known.
    pub email: Option<EmailAddress>,
    /// What the person may do.
    pub role: Role,
    /// Who owns the person's files on the host.
    pub uid: Uid,
    /// Whether the person may sign in; an inactive account keeps its files.
    pub is_active: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// What is needed to make an account; the id, the uid and the time are given when it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// What the person signs in with.
    pub username: Username,
    /// What others read.
    pub full_name: FullName,
    /// Where mail reaches the person, if known.
    pub email: Option<EmailAddress>,
    /// What the person may do.
    pub role: Role,
}
