//! Who may touch which files. Pure: the caller finds out the relation, this decides.

use crate::path::Tree;
use crate::role::Role;
use crate::user::User;

/// What the acting user is to the owner of a home folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Nothing in common, or nothing that matters here.
    Stranger,
    /// The actor is a professor of a class in which the owner is a student.
    Teaches,
}

/// What may be done with a tree of files; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The tree is not there as far as the actor can tell.
    None,
    /// List, open, download.
    Read,
    /// Also see and bring back what was there before: earlier versions, and what is in the trash.
    Restore,
    /// Also create, change, move, delete and run.
    Write,
}

impl Access {
    /// Returns whether files may be listed and opened.
    pub const fn may_read(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Returns whether what was there before may be seen and brought back.
    pub const fn may_restore(self) -> bool {
        matches!(self, Self::Restore | Self::Write)
    }

    /// Returns whether files may be changed.
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Write)
    }
}

/// Decides what `actor` may do with `tree`.
///
/// `relation` is between the actor and the owner of a home, and is not looked at for any other tree. An inactive account
/// may do nothing.
pub fn decide_tree(actor: &User, tree: &Tree, relation: Relation) -> Access {
    if !actor.is_active {
        return Access::None;
    }
    match (tree, actor.role) {
        (Tree::Home(owner), _) if *owner == actor.username => Access::Write,
        (Tree::Shared, Role::Student) => Access::Read,
        (Tree::Home(_), Role::Admin) => Access::Restore,
        (Tree::Home(_), Role::Professor) if relation == Relation::Teaches => Access::Restore,
        (Tree::Home(_), Role::Professor | Role::Student) => Access::None,
        (Tree::Shared, Role::Professor | Role::Admin) => Access::Write,
    }
}

#[cfg(test)]
mod tests {
    use super::Access::{None, Read, Restore, Write};
    use super::Relation::{Stranger, Teaches};
    use super::*;
    use crate::{FullName, Uid, UserId, Username};
    use chrono::DateTime;

    fn ada(role: Role) -> User {
        let username = Username::parse("ada").unwrap();
        let created_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        User {
            id: UserId::new(created_at),
            full_name: FullName::from(&username),
            username,
            email: Option::None,
            role,
            uid: Uid::try_from(Uid::MIN).unwrap(),
            is_active: true,
            created_at,
        }
    }

    #[test]
    fn the_whole_table_of_rights() {
        let (student, professor, admin) = (Role::Student, Role::Professor, Role::Admin);
        for (role, tree, relation, access) in [
            (student, "home:ada", Stranger, Write),
            (student, "home:ada", Teaches, Write),
            (student, "home:bob", Stranger, None),
            (student, "home:bob", Teaches, None),
            (student, "shared", Stranger, Read),
            (student, "shared", Teaches, Read),
            (professor, "home:ada", Stranger, Write),
            (professor, "home:ada", Teaches, Write),
            (professor, "home:bob", Stranger, None),
            (professor, "home:bob", Teaches, Restore),
            (professor, "shared", Stranger, Write),
            (professor, "shared", Teaches, Write),
            (admin, "home:ada", Stranger, Write),
            (admin, "home:ada", Teaches, Write),
            (admin, "home:bob", Stranger, Restore),
            (admin, "home:bob", Teaches, Restore),
            (admin, "shared", Stranger, Write),
            (admin, "shared", Teaches, Write),
        ] {
            let tree = tree.parse().unwrap();
            let decided = decide_tree(&ada(role), &tree, relation);
            assert_eq!(decided, access, "{role} on {tree}, {relation:?}");
        }
    }

    #[test]
    fn an_inactive_account_may_do_nothing() {
        for role in Role::ALL {
            let actor = User {
                is_active: false,
                ..ada(role)
            };
            for tree in ["home:ada", "home:bob", "shared"] {
                assert_eq!(decide_tree(&actor, &tree.parse().unwrap(), Teaches), None);
            }
        }
    }

    #[test]
    fn access_grows_from_none_to_write() {
        let all = [None, Read, Restore, Write];
        assert!(all.is_sorted());
        assert_eq!(all.map(Access::may_read), [false, true, true, true]);
        assert_eq!(all.map(Access::may_restore), [false, false, true, true]);
        assert_eq!(all.map(Access::may_write), [false, false, false, true]);
    }
}
