#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

pub mod alone;
pub mod browser;
pub mod container;
pub mod part;
pub mod processes;
pub mod product;
pub mod screen;
pub mod socket;
pub mod world;
