//! What a person is to the whole installation.

use std::fmt;
use std::str::FromStr;

/// What a person may do, before any class is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Writes and runs programs of their own.
    Student,
    /// Teaches the classes they are a member of.
    Professor,
    /// Runs the installation: users, classes, settings.
    Admin,
}

/// The word names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of student, professor, admin, not {0:?}")]
pub struct UnknownRole(pub String);

impl Role {
    /// All roles, from the least right to the most.
    pub const ALL: [Self; 3] = [Self::Student, Self::Professor, Self::Admin];

    /// Returns the word kept in the database and shown in files: `student`, `professor` or `admin`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Professor => "professor",
            Self::Admin => "admin",
        }
    }

    /// Reads the word, whatever its case and the space around it.
    pub fn parse(text: &str) -> Result<Self, UnknownRole> {
        let word = text.trim();
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_back_from_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Ok(role));
        }
        assert_eq!(Role::parse(" Professor "), Ok(Role::Professor));
        assert_eq!(Role::parse("root"), Err(UnknownRole("root".into())));
    }
}
