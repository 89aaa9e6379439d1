//! Trees of files: who may do what with them, and whose uid the host is to act as.

use pythonide_domain::{Access, Relation, Role, Tree, TreePath, User, UserId, decide_tree};
use pythonide_link::{Refusal, RefusalKind, wire};
use pythonide_store::{classes, users};

use super::AppError;
use crate::{SHARED_UID, state::App};

/// A tree and what the asker may do with it. Only [`open`] makes one.
#[derive(Debug, Clone)]
pub(crate) struct OpenTree {
    owner: wire::Owner,
    home_of: Option<UserId>,
    asker: UserId,
    access: Access,
}

impl OpenTree {
    /// Whose files the host is to look at.
    pub(crate) fn owner(&self) -> wire::Owner {
        self.owner.clone()
    }

    /// Whose home it is, if it is one.
    pub(crate) fn home_of(&self) -> Option<UserId> {
        self.home_of
    }

    /// Who asks.
    pub(crate) fn asker(&self) -> UserId {
        self.asker
    }

    /// Whether the asker may bring back what was there before.
    pub(crate) fn is_restorable(&self) -> bool {
        self.access.may_restore()
    }

    /// Whether the asker may change them.
    pub(crate) fn is_writable(&self) -> bool {
        self.access.may_write()
    }
}

/// What `user` may do with `tree`; a tree of which nothing may be known is not there.
pub(crate) async fn open(app: &App, user: &User, tree: &Tree) -> Result<OpenTree, AppError> {
    let not_found = || AppError::NotFound("folder");
    let (owner, home, relation) = match tree {
        Tree::Shared => (shared(), None, Relation::Stranger),
        Tree::Home(username) if *username == user.username => {
            (home_of(user), Some(user.id), Relation::Stranger)
        }
        Tree::Home(username) => {
            let owner = users::by_username(&app.db, username)
                .await?
                .ok_or_else(not_found)?;
            let teaches = user.role == Role::Professor
                && classes::teaches(&app.db, user.id, owner.id).await?;
            (
                home_of(&owner),
                Some(owner.id),
                if teaches {
                    Relation::Teaches
                } else {
                    Relation::Stranger
                },
            )
        }
    };
    let access = decide_tree(user, tree, relation);
    if access.may_read() {
        Ok(OpenTree {
            owner,
            home_of: home,
            asker: user.id,
            access,
        })
    } else {
        Err(not_found())
    }
}

/// A user's own home.
pub(crate) fn home_of(user: &User) -> wire::Owner {
    wire::Owner {
        username: user.username.to_string(),
        uid: user.uid.get(),
        // Known where the host is looked up.
        fence: 0,
    }
}

fn shared() -> wire::Owner {
    wire::Owner {
        username: String::new(),
        uid: SHARED_UID,
        fence: 0,
    }
}

/// A path in a tree, or its root.
pub(crate) fn any(path: &str) -> Result<String, AppError> {
    match TreePath::parse(path) {
        Ok(path) => Ok(path.as_str().to_owned()),
        Err(problem) => {
            let kind = RefusalKind::BadName;
            Err(Refusal::new(kind, sentence(&problem.to_string())).into())
        }
    }
}

/// The path of something in a tree.
pub(crate) fn named(path: &str) -> Result<String, AppError> {
    if path.is_empty() {
        let kind = RefusalKind::BadName;
        return Err(Refusal::new(kind, "A name is needed.").into());
    }
    any(path)
}

/// What the domain says in passing, as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
