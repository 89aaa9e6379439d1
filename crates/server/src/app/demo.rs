//! A class to try the product with: one professor and three students, made once.

use pythonide_domain::{ClassName, Clock, FullName, NewUser, Role, Username, password};
use pythonide_store::{
    Db,
    users::{self as stored, UserFilter},
};
use secrecy::{ExposeSecret, SecretString};

use super::{AppError, users};

const CLASS: &str = "CS 101 · Autumn";
const PEOPLE: [(&str, &str, Role); 4] = [
    ("nokafor", "Prof. Ngozi Okafor", Role::Professor),
    ("aruiz", "Ana Ruiz", Role::Student),
    ("bcarter", "Ben Carter", Role::Student),
    ("ceze", "Chioma Eze", Role::Student),
];

/// Makes the demo class if there is no user at all; returns the usernames, roles and passwords.
pub async fn make_if_empty(
    db: &Db,
    clock: &Clock,
) -> Result<Vec<(Username, Role, String)>, AppError> {
    if stored::count(db, UserFilter::default()).await? > 0 {
        return Ok(Vec::new());
    }
    let class = ClassName::parse(CLASS).map_err(AppError::internal)?;
    let mut made = Vec::new();
    for (username, full_name, role) in PEOPLE {
        let username = Username::parse(username).map_err(AppError::internal)?;
        let full_name = FullName::parse(full_name).map_err(AppError::internal)?;
        let secret = SecretString::from(password::generate(&mut rand::rng()));
        let new = NewUser {
            username: username.clone(),
            full_name,
            email: None,
            role,
        };
        users::add(db, clock, new, &secret, Some(&class)).await?;
        made.push((username, role, secret.expose_secret().to_owned()));
    }
    Ok(made)
}
