#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod class;
pub mod clock;
pub mod email;
pub mod full_name;
pub mod ids;
pub mod password;
pub mod path;
pub mod rights;
pub mod role;
pub mod roster;
pub mod uid;
pub mod user;
pub mod username;

pub use class::{Class, ClassName, Membership};
pub use clock::Clock;
pub use email::EmailAddress;
pub use full_name::FullName;
pub use ids::{AuditId, ClassId, SessionId, UserId};
pub use path::{Tree, TreePath};
pub use rights::{Access, Relation, decide_tree};
pub use role::Role;
pub use uid::Uid;
pub use user::{NewUser, User};
pub use username::Username;
