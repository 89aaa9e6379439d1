//! What a test may rely on: a database of its own, that is gone afterwards.

use pythonide_store::{Db, Engine};
use pythonide_testdb::TestDatabase;
use sqlx::{Connection, PgConnection, SqliteConnection};

async fn make_table(database: &TestDatabase) -> Result<(), sqlx::Error> {
    let (url, statement) = (database.url().expose(), "CREATE TABLE mine (it INTEGER)");
    match database.db().engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await?;
            sqlx::query(statement).execute(&mut connection).await?;
            connection.close().await
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await?;
            sqlx::query(statement).execute(&mut connection).await?;
            connection.close().await
        }
    }
}

async fn migrated(engine: Engine) -> TestDatabase {
    match engine {
        Engine::Sqlite => TestDatabase::sqlite().await,
        Engine::Postgres => TestDatabase::postgres().await,
    }
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (one, other) = tokio::join!(migrated(engine), migrated(engine));
        make_table(&one).await.unwrap();
        make_table(&other).await.unwrap();
        assert!(make_table(&one).await.is_err());
    }
}

#[tokio::test]
async fn a_migrated_database_has_the_schema_of_this_program() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        migrated(engine).await.db().check_schema().await.unwrap();
        assert!(
            TestDatabase::empty(engine)
                .await
                .db()
                .check_schema()
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_dropped_database_is_gone_even_while_somebody_is_connected() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = migrated(engine).await;
        let (url, other) = (database.url().clone(), database.connect().await);
        other.ping().await.unwrap();
        drop(database);
        let opened = Db::open(&url, 1).await;
        assert!(opened.is_err(), "{engine}");
    }
}
