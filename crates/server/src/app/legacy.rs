//! Bringing the users of an older installation in: what would become of each, and doing it.
//!
//! Accounts that are here already are left as they are. A person whom a rule refuses keeps nobody else out.

use std::collections::HashSet;

use pythonide_domain::{ClassName, Clock, EmailAddress, FullName, NewUser, Role, User, Username};
use pythonide_store::{Db, legacy::LegacyUser, users};
use secrecy::{ExposeSecret, SecretString};

use super::{AppError, passwords, users as accounts};

/// A user of the older installation.
#[derive(Debug, Clone)]
pub struct Person {
    /// The username there, which is the name of the folder too.
    pub old_name: String,
    /// What is done about them.
    pub outcome: Outcome,
    /// What is not taken over, and why, in sentences.
    pub notes: Vec<String>,
}

/// What is done about one person.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// An account is to be made.
    Make(Newcomer),
    /// An account was made.
    Made(User),
    /// There is an account of that name, which stays as it is.
    There(User),
    /// Nothing, for this reason.
    Refused(String),
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Who.
    pub user: NewUser,
    /// Whether they may sign in.
    pub is_active: bool,
    password_hash: Option<SecretString>,
}

/// Compares the users of an older installation with the accounts. Changes nothing.
pub async fn plan(db: &Db, old: Vec<LegacyUser>) -> Result<Vec<Person>, AppError> {
    let unfolded: HashSet<Username> = old
        .iter()
        .filter_map(|user| user.username.as_deref())
        .filter_map(|name| {
            Username::parse(name)
                .ok()
                .filter(|own| own.as_str() == name)
        })
        .collect();
    let mut taken = HashSet::new();
    let mut people = Vec::with_capacity(old.len());
    for user in old {
        let old_name = user.username.clone().unwrap_or_default();
        let mut notes = Vec::new();
        let outcome = match newcomer(user, &mut notes) {
            Err(reason) => Outcome::Refused(reason),
            Ok(newcomer) => {
                let name = newcomer.user.username.clone();
                let is_anothers = name.as_str() != old_name && unfolded.contains(&name);
                if is_anothers || !taken.insert(name.clone()) {
                    Outcome::Refused(format!("here this is the same name as another's, {name}"))
                } else if let Some(user) = users::by_username(db, &name).await? {
                    // What was not taken over from there is not missing here.
                    notes.clear();
                    Outcome::There(user)
                } else {
                    Outcome::Make(newcomer)
                }
            }
        };
        people.push(Person {
            old_name,
            outcome,
            notes,
        });
    }
    Ok(people)
}

/// Makes the accounts of a plan in one transaction, all in the class, which is made if it is missing; without a name the
/// default one.
pub async fn carry_out(
    db: &Db,
    clock: &Clock,
    people: &mut [Person],
    class: Option<&ClassName>,
) -> Result<(), AppError> {
    let newcomers = |person: &&mut Person| matches!(person.outcome, Outcome::Make(_));
    let mut people: Vec<_> = people.iter_mut().filter(newcomers).collect();
    if people.is_empty() {
        return Ok(());
    }
    let mut made = Vec::with_capacity(people.len());
    let mut tx = db.begin().await?;
    let class = accounts::class_named(&mut tx, clock, class).await?;
    for person in &people {
        let Outcome::Make(newcomer) = &person.outcome else {
            continue;
        };
        let Newcomer {
            user,
            is_active,
            password_hash,
        } = newcomer.clone();
        let hash = password_hash.as_ref().map(ExposeSecret::expose_secret);
        let mut user = accounts::insert(&mut tx, clock, user, hash, &class).await?;
        if !is_active {
            users::set_active(&mut tx, user.id, false, clock.now()).await?;
            accounts::note(&mut tx, clock, "user.deactivated", &user.username).await?;
            user.is_active = false;
        }
        made.push(user);
    }
    tx.commit().await?;
    for (person, user) in people.iter_mut().zip(made) {
        person.outcome = Outcome::Made(user);
    }
    Ok(())
}

/// The account that a person would get here, or the reason why not.
fn newcomer(old: LegacyUser, notes: &mut Vec<String>) -> Result<Newcomer, String> {
    let LegacyUser {
        username,
        email,
        password_hash,
        full_name,
        role,
        is_active,
    } = old;
    let username = username.ok_or("there is no username")?;
    let username = Username::parse(&username).map_err(|problem| problem.to_string())?;
    let role = role.ok_or("there is no role")?;
    let role = Role::parse(&role).map_err(|problem| problem.to_string())?;
    let full_name = read(full_name, FullName::parse, "the name", notes);
    let email = read(email, EmailAddress::parse, "the address", notes);
    let password_hash = password_hash.filter(|hash| passwords::can_verify(hash.expose_secret()));
    if password_hash.is_none() {
        notes.push(format!(
            "the password was not kept in a way that is known here; give a new one with: pythonide users reset-password \
             {username}"
        ));
    }
    Ok(Newcomer {
        user: NewUser {
            full_name: full_name.unwrap_or_else(|| FullName::from(&username)),
            username,
            email,
            role,
        },
        is_active,
        password_hash,
    })
}

/// Reads what can be left out: what no rule allows is noted, and then missing.
fn read<T, E: std::fmt::Display>(
    text: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
    what: &str,
    notes: &mut Vec<String>,
) -> Option<T> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    match parse(&text) {
        Ok(value) => Some(value),
        Err(problem) => {
            notes.push(format!("{what} is not taken over: {problem}"));
            None
        }
    }
}
