//! Connects to PostgreSQL, with a limit on everything that could hang.

use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::db::Pools;
use crate::error::StoreError;
use crate::url::DatabaseUrl;

/// How long to wait for a connection, new or from the pool.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Bounded, so that connections move to a new server after a failover.
const LIFETIME: Duration = Duration::from_mins(30);
const IDLE: Duration = Duration::from_mins(5);

/// Whether the table of applied migrations exists, in the schema where they would be made.
pub(crate) const HAS_MIGRATIONS: &str = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'";

/// Begins a transaction that sees one state of the database from its first statement on.
pub(crate) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The columns of the table `users`, wherever the connection's user looks for it; none if there is no such table.
pub(crate) const COLUMNS_OF_USERS: &str = "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('users') AND attnum > 0 AND NOT attisdropped";

/// Connects once to see that it works, then keeps a pool.
pub(crate) async fn open(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
    max_connections: u32,
) -> Result<Pools, StoreError> {
    let limited = named(options).options([
        // A statement that runs longer has lost its plan or its lock; the caller has long gone.
        ("statement_timeout", "15s"),
        // A server that dies in a transaction must not keep its locks.
        ("idle_in_transaction_session_timeout", "60s"),
        ("tcp_keepalives_idle", "60"),
    ]);
    // A pool would try again until its time is over, and then say only that.
    connect(url, &limited)
        .await?
        .close()
        .await
        .map_err(|error| refused(url, &error))?;
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(true)
        .max_lifetime(LIFETIME)
        .idle_timeout(IDLE)
        .connect_lazy_with(limited);
    Ok(Pools::Postgres(pool))
}

/// Connects without a limit on statements, for migrations, which may wait for each other.
pub(crate) async fn connect_unlimited(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<PgConnection, StoreError> {
    connect(url, &named(options)).await
}

fn named(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().application_name("pythonide")
}

async fn connect(
    url: &DatabaseUrl,
    options: &PgConnectOptions,
) -> Result<PgConnection, StoreError> {
    match tokio::time::timeout(ACQUIRE, options.connect()).await {
        Ok(connected) => connected.map_err(|error| refused(url, &error)),
        Err(_) => Err(StoreError::Connect {
            to: url.to_string(),
            reason: format!("no answer within {} seconds", ACQUIRE.as_secs()),
        }),
    }
}

fn refused(url: &DatabaseUrl, error: &sqlx::Error) -> StoreError {
    StoreError::Connect {
        to: url.to_string(),
        reason: reason(error),
    }
}

fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".into(),
            io::ErrorKind::NotFound => "there is no such socket".into(),
            _ => error.to_string(),
        },
        sqlx::Error::Tls(error) => format!("no encrypted connection could be made ({error})"),
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => {
                format!("the user or the password was refused ({})", error.message())
            }
            Some("53300") => "all its connections are in use".into(),
            Some("57P03") => "it is still starting or shutting down".into(),
            _ => error.message().to_owned(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pools, open};
    use crate::url::{DatabaseUrl, Target};

    #[tokio::test]
    async fn every_connection_of_the_pool_is_limited() {
        let database = pythonide_testdb::TestDatabase::postgres().await;
        let url: DatabaseUrl = database.url().expose().parse().unwrap();
        let Target::Postgres(options) = url.target() else {
            panic!("{url}")
        };
        let pools = open(&url, options, 1).await.unwrap();
        let Pools::Postgres(pool) = pools else {
            panic!("{pools:?}")
        };
        for (setting, value) in [
            ("SHOW statement_timeout", "15s"),
            ("SHOW idle_in_transaction_session_timeout", "1min"),
            ("SHOW application_name", "pythonide"),
        ] {
            let shown: String = sqlx::query_scalar(setting).fetch_one(&pool).await.unwrap();
            assert_eq!(shown, value, "{setting}");
        }
    }
}
