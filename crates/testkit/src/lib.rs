//! What tests are built from: both databases, a running app, builders.
