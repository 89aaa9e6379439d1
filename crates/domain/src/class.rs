//! A class and who is in it.

use std::fmt;
use std::str::FromStr;

use crate::ids::{ClassId, UserId};

/// A group of students with their professors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Never changes, even if the name does.
    pub id: ClassId,
    /// Unique in the installation.
    pub name: ClassName,
    /// Whether errors are explained to its students in plain words.
    pub hints: bool,
}

/// That a user is in a class; the user's role says whether they learn or teach there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Membership {
    /// The class.
    pub class: ClassId,
    /// The member.
    pub user: UserId,
}

/// The name of a class: 1 to 100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassName(String);

/// Why a text is no name of a class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassNameProblem {
    /// Nothing is left after trimming.
    #[error("the name of a class needs at least one character")]
    Empty,
    /// It has more than 100 characters.
    #[error(
        "the name of a class has at most {} characters",
        ClassName::MAX_CHARACTERS
    )]
    TooLong,
    /// It has a line break or another control character.
    #[error("the name of a class is one line without control characters")]
    ControlCharacter,
}

impl ClassName {
    /// The longest name.
    pub const MAX_CHARACTERS: usize = 100;

    /// Reads a name as a person types it; the space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, ClassNameProblem> {
        let name = text.trim();
        if name.is_empty() {
            Err(ClassNameProblem::Empty)
        } else if name.chars().any(char::is_control) {
            Err(ClassNameProblem::ControlCharacter)
        } else if name.chars().count() > Self::MAX_CHARACTERS {
            Err(ClassNameProblem::TooLong)
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for ClassName {
    type Err = ClassNameProblem;

    fn from_str(text: &str) -> Result<Self, ClassNameProblem> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_name_is_one_short_line() {
        assert_eq!(
            ClassName::parse("  Python 7b ").unwrap().as_str(),
            "Python 7b"
        );
        assert!(ClassName::parse(&"é".repeat(100)).is_ok());
        assert_eq!(ClassName::parse(""), Err(ClassNameProblem::Empty));
        assert_eq!(
            ClassName::parse(&"é".repeat(101)),
            Err(ClassNameProblem::TooLong)
        );
        assert_eq!(
            ClassName::parse("a\u{7f}b"),
            Err(ClassNameProblem::ControlCharacter)
        );
    }
}
