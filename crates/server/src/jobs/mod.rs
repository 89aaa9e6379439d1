//! What the server does by itself, for as long as it runs.

pub(crate) mod run_records;
