#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

use std::time::Duration;

/// Longer than anything that a test waits for takes, on a machine that is busy with something else; half of what a whole
/// test may take (`.config/nextest.toml`).
pub const PATIENCE: Duration = Duration::from_mins(1);

pub mod alone;
pub mod browser;
pub mod container;
pub mod memory_group;
pub mod part;
pub mod processes;
pub mod product;
pub mod screen;
pub mod socket;
pub mod student;
pub mod world;
