//! One SQL text for both engines: each can prepare all of it, and gets the same columns.

use std::collections::HashSet;

use pythonide_store::Statement;
use pythonide_testdb::TestDatabase;

on_both_engines! { every_statement_is_understood }

async fn every_statement_is_understood(database: &TestDatabase) {
    let db = database.db();
    let mut refused = Vec::new();
    for statement in Statement::all() {
        if let Err(error) = db.prepare(statement).await {
            refused.push(format!("{}: {error:?}", statement.name));
        }
    }
    assert!(refused.is_empty(), "{} refuses {refused:#?}", db.engine());
}

#[tokio::test]
async fn every_statement_returns_the_same_columns_on_both_engines() {
    let (sqlite, postgres) = (TestDatabase::sqlite().await, TestDatabase::postgres().await);
    for statement in Statement::all() {
        let left = sqlite.db().prepare(statement).await.unwrap();
        let right = postgres.db().prepare(statement).await.unwrap();
        assert_eq!(left, right, "{}", statement.name);
    }
}

#[test]
fn every_statement_has_a_name_of_its_own() {
    let names: HashSet<_> = Statement::all().map(|statement| statement.name).collect();
    assert_eq!(names.len(), Statement::all().count());
    assert!(names.len() > 20, "{names:?}");
}

/// SQLite takes `$1::text` for a parameter of that name, and prepares it.
#[test]
fn no_statement_casts_with_colons() {
    for statement in Statement::all() {
        assert!(!statement.text.contains("::"), "{}", statement.name);
    }
}
