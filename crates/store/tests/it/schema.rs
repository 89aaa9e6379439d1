//! The migrations: both make the same tables, and a program goes on beside a newer one for as long as that allows it.

use std::{collections::BTreeMap, path::Path};

use pythonide_store::{Engine, Schema, StoreError, users};
use pythonide_testdb::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, migrate::Migrator};

on_both_engines! {
    migrating_again_changes_nothing,
    a_program_goes_on_beside_a_newer_one_whose_migration_only_adds,
    a_program_is_refused_once_a_newer_one_has_taken_something_away,
    a_newer_schema_that_lacks_a_migration_of_this_program_is_refused,
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
            "oldest_program",
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

/// Migrates as a newer program does, which has one migration more than this one.
async fn migrate_as_newer(database: &TestDatabase, number: i64, text: &str) {
    let engine = match database.db().engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let folder = tempfile::tempdir().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(engine);
    for file in ours.read_dir().unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let file = folder
        .path()
        .join(format!("{number:04}_from_the_future.sql"));
    std::fs::write(file, text).unwrap();
    let newer = Migrator::new(folder.path()).await.unwrap();
    let url = database.url().expose();
    match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            newer.run(&mut connection).await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            newer.run(&mut connection).await.unwrap();
        }
    }
}

const COLUMN_MORE: &str = "ALTER TABLE users ADD COLUMN nickname TEXT NOT NULL DEFAULT 'none'";

async fn a_program_goes_on_beside_a_newer_one_whose_migration_only_adds(database: &TestDatabase) {
    let db = database.db();
    // Its connections have prepared these statements before the table changes.
    let ada = crate::build::student(db, "ada").await;
    assert!(users::by_id(db, ada.id).await.unwrap().is_some());
    let before = catalogue(database).await;
    migrate_as_newer(database, 9999, COLUMN_MORE).await;
    let migrated = catalogue(database).await;
    assert_ne!(migrated, before);
    assert_eq!(
        users::by_id(db, ada.id).await.unwrap().unwrap().username,
        ada.username
    );
    crate::build::student(db, "ben").await;
    // Started anew it does so too, and lets the schema be.
    let started = database.connect().await;
    for schema in [
        started.check_schema().await.unwrap(),
        started.migrate().await.unwrap(),
    ] {
        assert!(
            matches!(schema, Schema::Newer { database: 9999, program } if program < 9999),
            "{schema:?}"
        );
    }
    crate::build::student(&started, "cleo").await;
    assert_eq!(
        number(
            database,
            "SELECT COUNT(*) FROM users WHERE nickname = 'none'"
        )
        .await,
        3
    );
    assert_eq!(catalogue(database).await, migrated);
}

async fn a_program_is_refused_once_a_newer_one_has_taken_something_away(database: &TestDatabase) {
    let contracts = "ALTER TABLE users DROP COLUMN email; UPDATE oldest_program SET number = 9998";
    migrate_as_newer(database, 9999, contracts).await;
    for refused in [
        database.db().check_schema().await,
        database.db().migrate().await,
    ] {
        let Err(
            error @ StoreError::NewerSchema {
                database: 9999,
                oldest: 9998,
                program,
            },
        ) = refused
        else {
            panic!("{refused:?}")
        };
        let said = error.to_string();
        for part in [
            "number 9999",
            "schema 9998 or newer",
            &format!("is {program}"),
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}

async fn a_newer_schema_that_lacks_a_migration_of_this_program_is_refused(database: &TestDatabase) {
    migrate_as_newer(database, 9999, COLUMN_MORE).await;
    run(database, "DELETE FROM _sqlx_migrations WHERE version = 3").await;
    let migrated = catalogue(database).await;
    for refused in [
        database.db().check_schema().await,
        database.db().migrate().await,
    ] {
        assert!(
            matches!(refused, Err(StoreError::Migration(_))),
            "{refused:?}"
        );
    }
    assert_eq!(catalogue(database).await, migrated);
}

async fn a_migration_that_was_changed_is_refused(database: &TestDatabase) {
    let other_text = match database.db().engine() {
        Engine::Sqlite => "UPDATE _sqlx_migrations SET checksum = X'00'",
        Engine::Postgres => "UPDATE _sqlx_migrations SET checksum = '\\x00'",
    };
    migrate_as_newer(database, 9999, COLUMN_MORE).await;
    run(database, other_text).await;
    for refused in [
        database.db().check_schema().await,
        database.db().migrate().await,
    ] {
        assert!(
            matches!(refused, Err(StoreError::Migration(_))),
            "{refused:?}"
        );
    }
}

/// What takes something away from programs that are older than the migration, or asks more of them.
#[test]
fn a_migration_that_takes_something_away_says_who_may_still_use_the_database() {
    let takes = |text: &str| {
        [
            "DROP TABLE",
            "DROP COLUMN",
            "RENAME",
            "SET NOT NULL",
            " TYPE ",
            "ADD CONSTRAINT",
        ]
        .iter()
        .any(|word| text.contains(word))
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut looked_at = 0;
    for engine in ["sqlite", "postgres"] {
        for file in folder.join(engine).read_dir().unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with("--"));
            let statements: String = lines.collect::<Vec<_>>().join(" ");
            assert!(
                !takes(&statements) || statements.contains("UPDATE oldest_program"),
                "{}: set oldest_program, see 0005",
                path.display()
            );
            looked_at += 1;
        }
    }
    assert!(looked_at >= 10);
    assert!(takes("ALTER TABLE users DROP COLUMN email"));
    assert!(!takes(COLUMN_MORE));
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
