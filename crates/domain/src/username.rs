//! The name a person signs in with, which is also the name of a folder under `Local/`.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

/// A sign-in name: 1 to 32 of `a-z 0-9 . _ -`, starting with a letter or digit, not ending with a dot.
///
/// Parsing trims, folds compatibility forms (NFKC) and lower-cases, so `" Ada "` and full-width letters mean `ada`.
/// Safe as the name of a folder: it is never `.`, `..`, hidden, or more than one path component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

/// Why a text is no username.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsernameProblem {
    /// Nothing is left after trimming.
    #[error("a username needs at least one letter or digit")]
    Empty,
    /// It has more than 32 characters.
    #[error("a username has at most {} characters", Username::MAX_LENGTH)]
    TooLong,
    /// It starts with one of `.`, `_`, `-`.
    #[error("a username starts with a letter or a digit")]
    BadStart,
    /// It ends with a dot, which some file systems drop.
    #[error("a username can't end with a dot")]
    EndsWithDot,
    /// It has a character that is not allowed.
    #[error(
        "a username is made of the letters a to z, digits, dots, hyphens and underscores, not {0:?}"
    )]
    BadCharacter(char),
}

impl Username {
    /// The longest name, in characters (and bytes, as all are ASCII).
    pub const MAX_LENGTH: usize = 32;

    /// Reads a username as a person types it.
    pub fn parse(text: &str) -> Result<Self, UsernameProblem> {
        let name = text.nfkc().collect::<String>().trim().to_lowercase();
        let first = name.chars().next().ok_or(UsernameProblem::Empty)?;
        if let Some(stranger) = name.chars().find(|&character| !is_allowed(character)) {
            return Err(UsernameProblem::BadCharacter(stranger));
        }
        if !first.is_ascii_alphanumeric() {
            return Err(UsernameProblem::BadStart);
        }
        if name.len() > Self::MAX_LENGTH {
            return Err(UsernameProblem::TooLong);
        }
        if name.ends_with('.') {
            return Err(UsernameProblem::EndsWithDot);
        }
        Ok(Self(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Username {
    type Err = UsernameProblem;

    fn from_str(text: &str) -> Result<Self, UsernameProblem> {
        Self::parse(text)
    }
}

impl AsRef<str> for Username {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_person_types_is_folded_to_one_name() {
        for typed in [
            "ada",
            "  Ada\t",
            "ADA",
            "\u{ff21}\u{ff24}\u{ff21}",
            "ad\u{ff41}",
        ] {
            assert_eq!(Username::parse(typed).unwrap().as_str(), "ada", "{typed:?}");
        }
    }

    #[test]
    fn names_within_the_rule_are_taken() {
        for name in ["a", "7", "ada.lovelace", "a_b-c", &"x".repeat(32)] {
            assert_eq!(Username::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_outside_the_rule_are_refused_with_their_reason() {
        use UsernameProblem::{BadCharacter, BadStart, Empty, EndsWithDot, TooLong};
        for (name, problem) in [
            ("", Empty),
            (" \u{a0}", Empty),
            (".", BadStart),
            ("..", BadStart),
            (".ssh", BadStart),
            ("-rf", BadStart),
            ("_x", BadStart),
            ("ada.", EndsWithDot),
            ("a/b", BadCharacter('/')),
            ("a b", BadCharacter(' ')),
            ("a\0", BadCharacter('\0')),
            ("josé", BadCharacter('é')),
            ("ада", BadCharacter('а')),
            (&"x".repeat(33), TooLong),
        ] {
            assert_eq!(Username::parse(name), Err(problem), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_name_is_one_visible_path_component_and_parses_to_itself(text in any::<String>()) {
            if let Ok(name) = Username::parse(&text) {
                prop_assert!(!name.as_str().starts_with('.') && !name.as_str().contains('/'));
                prop_assert!((1..=32).contains(&name.as_str().len()));
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
            }
        }

        #[test]
        fn every_name_of_the_documented_pattern_is_taken(name in "[a-z0-9]([a-z0-9._-]{0,30}[a-z0-9_-])?") {
            prop_assert_eq!(Username::parse(&name).unwrap().to_string(), name);
        }
    }
}
