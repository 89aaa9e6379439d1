//! What a person is called, for people to read.

use std::fmt;
use std::str::FromStr;

use crate::username::Username;

/// A person's name as shown to others: 1 to 200 characters on one line, in any script.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FullName(String);

/// Why a text is no full name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FullNameProblem {
    /// Nothing is left after trimming.
    #[error("a name needs at least one character")]
    Empty,
    /// It has more than 200 characters.
    #[error("a name has at most {} characters", FullName::MAX_CHARACTERS)]
    TooLong,
    /// It has a line break or another control character.
    #[error("a name is one line without control characters")]
    ControlCharacter,
}

impl FullName {
    /// The longest name.
    pub const MAX_CHARACTERS: usize = 200;

    /// Reads a name as a person types it; the space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, FullNameProblem> {
        let name = text.trim();
        if name.is_empty() {
            Err(FullNameProblem::Empty)
        } else if name.chars().any(char::is_control) {
            Err(FullNameProblem::ControlCharacter)
        } else if name.chars().count() > Self::MAX_CHARACTERS {
            Err(FullNameProblem::TooLong)
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Calls a person by the username when no better name is known.
impl From<&Username> for FullName {
    fn from(username: &Username) -> Self {
        Self(username.as_str().to_owned())
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for FullName {
    type Err = FullNameProblem;

    fn from_str(text: &str) -> Result<Self, FullNameProblem> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line_in_any_script() {
        for name in ["Ada Lovelace", "محمد", "李小龙", &"é".repeat(200)] {
            assert_eq!(
                FullName::parse(&format!(" {name} ")).unwrap().as_str(),
                name
            );
        }
        assert_eq!(FullName::parse(" \n"), Err(FullNameProblem::Empty));
        assert_eq!(
            FullName::parse("a\nb"),
            Err(FullNameProblem::ControlCharacter)
        );
        assert_eq!(
            FullName::parse(&"é".repeat(201)),
            Err(FullNameProblem::TooLong)
        );
    }
}
