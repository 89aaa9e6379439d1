//! Bringing a class list in: what it would change, and changing it, all or nothing.

use pythonide_domain::{
    ClassName, Clock, FullName, Membership, NewUser, Role, Username, password,
    roster::{Roster, RosterRow},
};
use pythonide_store::{
    Db, Tx, classes, sessions,
    users::{self, UserDetails},
};
use secrecy::SecretString;

use super::{AppError, passwords, users as accounts};

/// What a list would change.
#[derive(Debug, Clone)]
pub struct Plan {
    class: Option<ClassName>,
    steps: Vec<Step>,
}

/// What is done about one person.
#[derive(Debug, Clone)]
pub struct Step {
    /// The person.
    pub username: Username,
    /// What.
    pub change: Change,
    row: RosterRow,
    password: Option<SecretString>,
}

/// What is done about one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An account is made.
    Create,
    /// What the account says is changed, or the person joins the class, or the password is set anew.
    Update(Vec<&'static str>),
    /// Everything is so already.
    Nothing,
}

impl Plan {
    /// What is done, in the order of the list.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The passwords that were made up for people without one, to be handed out.
    pub fn made_passwords(&self) -> impl Iterator<Item = (&Username, &SecretString)> {
        self.steps
            .iter()
            .filter(|step| step.row.password.is_none())
            .filter_map(|step| Some((&step.username, step.password.as_ref()?)))
    }
}

/// Compares a list with the accounts. Changes nothing.
///
/// With `reset_passwords` the list's passwords replace those of existing accounts; otherwise theirs
/// stay as they are.
pub async fn plan(
    db: &Db,
    roster: Roster,
    class: Option<ClassName>,
    reset_passwords: bool,
) -> Result<Plan, AppError> {
    let mut steps = Vec::with_capacity(roster.rows.len());
    let target = match &class {
        Some(name) => classes::by_name(db, name).await?.map(|class| class.id),
        None => Some(pythonide_domain::ClassId::DEFAULT),
    };
    for row in roster.rows {
        let existing = users::by_username(db, &row.username).await?;
        let (change, password) = match existing {
            None => {
                let given = row.password.clone();
                let made = || SecretString::from(password::generate(&mut rand::rng()));
                (Change::Create, Some(given.unwrap_or_else(made)))
            }
            Some(user) => {
                let mut what = Vec::new();
                let details = details(&row, &user);
                if details.full_name != user.full_name {
                    what.push("name");
                }
                if details.email != user.email {
                    what.push("email");
                }
                if details.role != user.role {
                    what.push("role");
                }
                let is_member = match target {
                    Some(class) => {
                        classes::is_member(
                            db,
                            Membership {
                                class,
                                user: user.id,
                            },
                        )
                        .await?
                    }
                    None => false,
                };
                if !is_member {
                    what.push("class");
                }
                let password = row.password.clone().filter(|_| reset_passwords);
                if password.is_some() {
                    what.push("password");
                }
                (
                    if what.is_empty() {
                        Change::Nothing
                    } else {
                        Change::Update(what)
                    },
                    password,
                )
            }
        };
        steps.push(Step {
            username: row.username.clone(),
            change,
            row,
            password,
        });
    }
    Ok(Plan { class, steps })
}

/// Carries a plan out in one transaction, and commits it after `before_commit` has succeeded.
pub async fn carry_out(
    db: &Db,
    clock: &Clock,
    plan: &Plan,
    before_commit: impl FnOnce() -> Result<(), AppError>,
) -> Result<(), AppError> {
    // Hashed before the transaction: a class takes seconds, in which nobody else could write.
    let hashes = hash_all(plan).await?;
    let mut tx = db.begin().await?;
    let class = accounts::class_named(&mut tx, clock, plan.class.as_ref()).await?;
    for (step, hash) in plan.steps.iter().zip(hashes) {
        match &step.change {
            Change::Create => {
                let new = NewUser {
                    username: step.username.clone(),
                    full_name: step
                        .row
                        .full_name
                        .clone()
                        .unwrap_or_else(|| FullName::from(&step.username)),
                    email: step.row.email.clone(),
                    role: step.row.role.unwrap_or(Role::Student),
                };
                let hash =
                    hash.ok_or_else(|| AppError::internal("a new account without a password"))?;
                accounts::insert(&mut tx, clock, new, Some(&hash), &class).await?;
            }
            Change::Update(_) => update(&mut tx, clock, step, hash, &class).await?,
            Change::Nothing => {}
        }
    }
    before_commit()?;
    Ok(tx.commit().await?)
}

async fn update(
    tx: &mut Tx,
    clock: &Clock,
    step: &Step,
    hash: Option<String>,
    class: &pythonide_domain::Class,
) -> Result<(), AppError> {
    let user = users::by_username(&mut *tx, &step.username)
        .await?
        .ok_or(AppError::NotFound("user"))?;
    users::update(tx, user.id, &details(&step.row, &user), clock.now()).await?;
    classes::add_member(
        tx,
        Membership {
            class: class.id,
            user: user.id,
        },
    )
    .await?;
    if let Some(hash) = hash {
        users::set_password_hash(tx, user.id, &hash, clock.now()).await?;
        sessions::delete_all_of(tx, user.id, None).await?;
    }
    Ok(accounts::note(tx, clock, "user.updated", &step.username).await?)
}

/// What an account says after the list: what the list leaves open stays.
fn details(row: &RosterRow, user: &pythonide_domain::User) -> UserDetails {
    UserDetails {
        full_name: row
            .full_name
            .clone()
            .unwrap_or_else(|| user.full_name.clone()),
        email: row.email.clone().or_else(|| user.email.clone()),
        role: row.role.unwrap_or(user.role),
    }
}

async fn hash_all(plan: &Plan) -> Result<Vec<Option<String>>, AppError> {
    let passwords: Vec<_> = plan
        .steps
        .iter()
        .map(|step| step.password.clone())
        .collect();
    let hashing = tokio::task::spawn_blocking(move || {
        passwords
            .iter()
            .map(|password| password.as_ref().map(passwords::hash).transpose())
            .collect()
    });
    hashing.await.map_err(AppError::internal)?
}
