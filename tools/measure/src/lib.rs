//! What benches share: samples and their figures, tables, the machine they ran on.
//!
//! Knows nothing of the product. `cargo xtask bench runs` and the benches of `tools/` use it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod autogroup;
pub mod machine;
pub mod output;
pub mod process;
pub mod stats;
pub mod table;
