//! SQL that no program of ours would carry out, on a connection of its own.

use pythonide_store::DatabaseUrl;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// Carries out statements, separated by semicolons. Panics with the reason when the database refuses one.
pub async fn run(url: &DatabaseUrl, statements: &str) {
    let statements = AssertSqlSafe(statements);
    let done = if url.file().is_some() {
        let mut connection = sqlite(url).await;
        let done = sqlx::raw_sql(statements).execute(&mut connection).await;
        done.map(drop).and(connection.close().await)
    } else {
        let mut connection = postgres(url).await;
        let done = sqlx::raw_sql(statements).execute(&mut connection).await;
        done.map(drop).and(connection.close().await)
    };
    done.unwrap_or_else(|reason| panic!("{url} refuses a statement: {reason}"));
}

/// Returns the rows of a query with one column, a text. Panics with the reason when the database refuses it.
pub async fn texts(url: &DatabaseUrl, query: &str) -> Vec<Option<String>> {
    let query = AssertSqlSafe(query);
    let found = if url.file().is_some() {
        let mut connection = sqlite(url).await;
        sqlx::query_scalar(query).fetch_all(&mut connection).await
    } else {
        let mut connection = postgres(url).await;
        sqlx::query_scalar(query).fetch_all(&mut connection).await
    };
    found.unwrap_or_else(|reason| panic!("{url} refuses a query: {reason}"))
}

async fn sqlite(url: &DatabaseUrl) -> SqliteConnection {
    let connected = SqliteConnection::connect(url.expose()).await;
    connected.unwrap_or_else(|reason| panic!("{url} can't be opened: {reason}"))
}

async fn postgres(url: &DatabaseUrl) -> PgConnection {
    let connected = PgConnection::connect(url.expose()).await;
    connected.unwrap_or_else(|reason| panic!("{url} can't be reached: {reason}"))
}
