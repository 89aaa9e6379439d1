//! Ids: one type per noun, so that a user's id cannot be passed where a class's is meant.
//!
//! All are version 7 UUIDs made from the caller's clock: they sort roughly by age and need no database to be made.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id that carries `now` in its first 48 bits.
            pub fn new(now: DateTime<Utc>) -> Self {
                Self(version_7(now))
            }

            /// Returns the UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    };
}

id! {
    /// Names an account.
    UserId
}
id! {
    /// Names a class.
    ClassId
}
id! {
    /// Names one sign-in of one browser. Not a secret: the cookie holds a token, not this.
    SessionId
}
id! {
    /// Names an entry of the audit log.
    AuditId
}

impl ClassId {
    /// The class that exists from the first migration on, so that a small school never has to make one.
    pub const DEFAULT: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

fn version_7(now: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(
        NoContext,
        seconds,
        now.timestamp_subsec_nanos(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_display_and_parse() {
        let id = UserId::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("ada".parse::<UserId>(), Err(NotAnId));
    }

    #[test]
    fn ids_sort_by_the_clock_that_made_them() {
        let early = UserId::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let late = UserId::new(DateTime::from_timestamp(1_700_000_001, 0).unwrap());
        assert!(early < late);
        assert_eq!(early.uuid().get_version_num(), 7);
    }

    #[test]
    fn two_ids_of_one_instant_differ() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_ne!(UserId::new(now), UserId::new(now));
    }

    #[test]
    fn the_default_class_has_a_valid_version_7_id() {
        assert_eq!(
            ClassId::DEFAULT.to_string(),
            "00000000-0000-7000-8000-000000000001"
        );
        assert_eq!(ClassId::DEFAULT.uuid().get_version_num(), 7);
    }
}
