//! An e-mail address, lightly checked: only a message that arrives proves one.

use std::fmt;
use std::str::FromStr;

/// An e-mail address that could be one: something, one `@`, a host with no space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// The text can't be an e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an e-mail address, such as ada@example.org")]
pub struct NotAnEmailAddress(pub String);

impl EmailAddress {
    /// The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// Reads an address as a person types it; the space around it is dropped, the case is kept.
    pub fn parse(text: &str) -> Result<Self, NotAnEmailAddress> {
        let address = text.trim();
        if could_be_one(address) {
            Ok(Self(address.to_owned()))
        } else {
            Err(NotAnEmailAddress(
                address.chars().take(Self::MAX_BYTES).collect(),
            ))
        }
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnEmailAddress;

    fn from_str(text: &str) -> Result<Self, NotAnEmailAddress> {
        Self::parse(text)
    }
}

fn could_be_one(address: &str) -> bool {
    let Some((person, host)) = address.split_once('@') else {
        return false;
    };
    let is_printable = |character: char| !character.is_whitespace() && !character.is_control();
    !person.is_empty()
        && !host.is_empty()
        && !host.contains('@')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && address.len() <= EmailAddress::MAX_BYTES
        && address.chars().all(is_printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_lightly() {
        for (text, is_one) in [
            (" ada@example.org ", true),
            ("ada+py@mail.example.org", true),
            ("ада@пример.рф", true),
            ("root@localhost", true),
            ("", false),
            ("ada", false),
            ("@example.org", false),
            ("ada@", false),
            ("a@b@c", false),
            ("ada lovelace@example.org", false),
            ("ada@example.org.", false),
            ("ada@\u{0}", false),
        ] {
            assert_eq!(EmailAddress::parse(text).is_ok(), is_one, "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.org", "x".repeat(250))).is_err());
    }
}
