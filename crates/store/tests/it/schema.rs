//! The migrations: both make the same tables, and a program refuses a schema that it does not know.

use std::collections::BTreeMap;

use pythonide_store::{Engine, StoreError};
use pythonide_testdb::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

on_both_engines! {
    migrating_again_changes_nothing,
    a_newer_schema_is_refused,
    a_migration_that_was_changed_is_refused,
    the_check_of_the_deployment_guide_works,
    a_role_nobody_knows_cannot_be_stored,
}

/// Runs a statement that no program would, on a connection of its own.
pub(crate) async fn run(database: &TestDatabase, statement: &'static str) {
    let url = database.url().expose();
    match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// Returns the number that a query returns.
pub(crate) async fn number(database: &TestDatabase, query: &str) -> i64 {
    let (url, query) = (database.url().expose(), AssertSqlSafe(query));
    match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query_scalar(query)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(query)
                .fetch_one(&mut connection)
                .await
                .unwrap()
        }
    }
}

/// Returns the tables and their columns, each with whether it may be null.
pub(crate) async fn catalogue(database: &TestDatabase) -> BTreeMap<String, Vec<(String, bool)>> {
    let url = database.url().expose();
    let rows: Vec<(String, String, bool)> = match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query_as(
                "SELECT t.name, c.name, c.\"notnull\" = 0 FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
                  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_as(
                "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns
                  WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap()
        }
    };
    let mut tables = BTreeMap::<_, Vec<_>>::new();
    for (table, column, is_nullable) in rows {
        tables.entry(table).or_default().push((column, is_nullable));
    }
    // sqlx makes its own table, and a little differently.
    tables.remove("_sqlx_migrations");
    tables
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let sqlite = catalogue(&TestDatabase::sqlite().await).await;
    let postgres = catalogue(&TestDatabase::postgres().await).await;
    assert_eq!(sqlite, postgres);
    let tables: Vec<_> = sqlite.keys().map(String::as_str).collect();
    assert_eq!(
        tables,
        [
            "audit",
            "classes",
            "hosts",
            "memberships",
            "runs",
            "sessions",
            "uid_counter",
            "users",
            "workspaces"
        ]
    );
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_too_old() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::empty(engine).await;
        let checked = database.db().check_schema().await;
        assert!(
            matches!(checked, Err(StoreError::OlderSchema { database: 0, .. })),
            "{checked:?}"
        );
        assert!(
            catalogue(&database).await.is_empty(),
            "the check made a table"
        );
        database.db().migrate().await.unwrap();
        database.db().check_schema().await.unwrap();
    }
}

#[tokio::test]
async fn two_programs_that_start_at_once_migrate_in_turn() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::empty(engine).await;
        let other = database.connect().await;
        let both = tokio::join!(database.db().migrate(), other.migrate());
        both.0.unwrap();
        both.1.unwrap();
        database.db().check_schema().await.unwrap();
    }
}

async fn migrating_again_changes_nothing(database: &TestDatabase) {
    let before = catalogue(database).await;
    database.db().migrate().await.unwrap();
    database.db().check_schema().await.unwrap();
    assert_eq!(catalogue(database).await, before);
    assert_eq!(number(database, "SELECT COUNT(*) FROM classes").await, 1);
}

async fn a_newer_schema_is_refused(database: &TestDatabase) {
    run(
        database,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'from the future', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    )
    .await;
    for refused in [
        database.db().check_schema().await,
        database.db().migrate().await,
    ] {
        let Err(error @ StoreError::NewerSchema { database: 9999, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert!(
            error.to_string().contains("newer version of pythonide"),
            "{error}"
        );
    }
}

async fn a_migration_that_was_changed_is_refused(database: &TestDatabase) {
    let other_text = match database.db().engine() {
        Engine::Sqlite => "UPDATE _sqlx_migrations SET checksum = X'00'",
        Engine::Postgres => "UPDATE _sqlx_migrations SET checksum = '\\x00'",
    };
    run(database, other_text).await;
    let refused = database.db().migrate().await;
    assert!(
        matches!(refused, Err(StoreError::Migration(_))),
        "{refused:?}"
    );
}

async fn the_check_of_the_deployment_guide_works(database: &TestDatabase) {
    crate::build::student(database.db(), "ada").await;
    let query = "SELECT COUNT(*) FROM (SELECT username, role FROM users) AS found
                  WHERE username = 'ada' AND role = 'student'";
    assert_eq!(number(database, query).await, 1);
}

async fn a_role_nobody_knows_cannot_be_stored(database: &TestDatabase) {
    crate::build::student(database.db(), "ada").await;
    let url = database.url().expose();
    let statement = "UPDATE users SET role = 'king'";
    let refused = match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.err()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.err()
        }
    };
    let refused = refused.expect("the role was stored");
    assert!(
        refused.as_database_error().unwrap().is_check_violation(),
        "{refused}"
    );
}
