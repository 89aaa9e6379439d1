//! Rows that no program of ours wrote.

use pythonide_store::{StoreError, users};
use pythonide_testdb::TestDatabase;

use crate::build::student;

on_both_engines! {
    a_row_that_makes_no_sense_is_reported_and_not_guessed,
}

async fn a_row_that_makes_no_sense_is_reported_and_not_guessed(database: &TestDatabase) {
    let ada = student(database.db(), "ada").await;
    crate::schema::run(database, "UPDATE users SET username = '../ada'").await;
    let read = users::by_id(database.db(), ada.id).await;
    let Err(error @ StoreError::Corrupt { table: "users", .. }) = read else {
        panic!("{read:?}")
    };
    assert!(std::error::Error::source(&error).is_some());
}
