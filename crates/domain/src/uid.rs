//! The numeric uid that owns a user's files and runs a user's programs.

use std::fmt;

/// The uid of one user's files: given once, kept in the database, never given to another user.
///
/// The range is free on a Debian system: people made by `adduser` start at 1000 and hardly reach 20000, 60000 and up is
/// reserved, and 65534 is `nobody`, which must never own a file. 40,000 users fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(u32);

/// The number is outside the range of users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a user's uid is between {min} and {max}, not {0}", min = Uid::MIN, max = Uid::MAX)]
pub struct UidOutOfRange(pub i64);

impl Uid {
    /// The first uid given to a user.
    pub const MIN: u32 = 20_000;
    /// The last uid given to a user.
    pub const MAX: u32 = 59_999;

    /// Returns the number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for Uid {
    type Error = UidOutOfRange;

    fn try_from(number: i64) -> Result<Self, UidOutOfRange> {
        u32::try_from(number)
            .ok()
            .filter(|uid| (Self::MIN..=Self::MAX).contains(uid))
            .map(Self)
            .ok_or(UidOutOfRange(number))
    }
}

impl TryFrom<u32> for Uid {
    type Error = UidOutOfRange;

    fn try_from(number: u32) -> Result<Self, UidOutOfRange> {
        Self::try_from(i64::from(number))
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_free_range_is_a_users() {
        for (number, is_one) in [
            (0_i64, false),
            (1000, false),
            (19_999, false),
            (20_000, true),
            (59_999, true),
            (60_000, false),
            (65_534, false),
            (-1, false),
            (4_294_987_296, false),
        ] {
            assert_eq!(Uid::try_from(number).is_ok(), is_one, "{number}");
        }
    }
}
