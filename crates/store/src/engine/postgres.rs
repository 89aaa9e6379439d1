//! Connects to PostgreSQL, with a limit on everything that could hang.

use std::io;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
use tokio::time::timeout;

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

/// The server's clock, in this moment and not at the transaction's begin.
pub(crate) const NOW: &str = "SELECT clock_timestamp()";

/// A standby says `on`, and so does a server that was set to be read only.
const TAKES_CHANGES: &str = "SELECT current_setting('transaction_read_only') = 'off'";

/// What events are told on. Each database has its own.
const CHANNEL: &str = "pythonide_events";
const NOTIFY: &str = "SELECT pg_notify($1, $2)";
/// A connection on which nothing is heard for so long is asked whether it is still there: a firewall that forgets it tells
/// neither side.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// Tells all that listen, when the transaction is committed.
pub(crate) async fn notify(tx: &mut PgConnection, text: &str) -> Result<(), sqlx::Error> {
    let told = sqlx::query(NOTIFY).bind(CHANNEL).bind(text);
    told.execute(tx).await.map(drop)
}

/// A connection that listens to what is told.
pub(crate) struct Listener(PgListener);

impl Listener {
    /// Connects to where `pool` does. What is told from its return on is heard.
    pub(crate) async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        // Not one of the pool's, which requests need and which are exchanged after a time.
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with((*pool.connect_options()).clone());
        let mut listener = PgListener::connect_with(&own).await?;
        // What was told while it was away is lost, which the caller has to know.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Returns the next text; after an error nothing more comes, and open it again.
    pub(crate) async fn next(&mut self) -> Result<String, sqlx::Error> {
        loop {
            match timeout(ASK_EVERY, self.0.try_recv()).await {
                Ok(Ok(Some(told))) => return Ok(told.payload().to_owned()),
                Ok(Ok(None)) => return Err(gone(io::ErrorKind::ConnectionAborted)),
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let asked = timeout(ACQUIRE, self.0.execute("SELECT 1"));
                    asked.await.map_err(|_| gone(io::ErrorKind::TimedOut))??;
                }
            }
        }
    }
}

fn gone(kind: io::ErrorKind) -> sqlx::Error {
    sqlx::Error::Io(kind.into())
}

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
        // Asked instead of a mere sign of life: after a failover, what was the writer may still answer, as a standby.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(takes_changes(connection)))
        .max_lifetime(LIFETIME)
        .idle_timeout(IDLE)
        .connect_lazy_with(limited);
    Ok(Pools::Postgres(pool))
}

/// Whether what is written on a connection would be taken.
pub(crate) async fn takes_changes(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(TAKES_CHANGES)
        .fetch_one(connection)
        .await
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
            may_pass: true,
        }),
    }
}

fn refused(url: &DatabaseUrl, error: &sqlx::Error) -> StoreError {
    let (reason, may_pass) = reason(error);
    StoreError::Connect {
        to: url.to_string(),
        reason,
        may_pass,
    }
}

/// Why a connection was refused, and whether another may not be in a while.
fn reason(error: &sqlx::Error) -> (String, bool) {
    match error {
        sqlx::Error::Io(error) => {
            let reason = match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    "nothing listens there (connection refused)".into()
                }
                io::ErrorKind::NotFound => "there is no such socket".into(),
                _ => error.to_string(),
            };
            (reason, true)
        }
        sqlx::Error::Tls(error) => {
            let reason = format!("no encrypted connection could be made ({error})");
            (reason, false)
        }
        sqlx::Error::Protocol(error) => (
            format!("what answers there is not PostgreSQL ({error})"),
            false,
        ),
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => {
                let reason = format!("the user or the password was refused ({})", error.message());
                (reason, false)
            }
            Some("3D000") => {
                let reason = format!("{}; make it with CREATE DATABASE", error.message());
                (reason, false)
            }
            Some("53300") => ("all its connections are in use".into(), true),
            Some("57P03") => ("it is still starting or shutting down".into(), true),
            _ => (error.message().to_owned(), false),
        },
        other => (other.to_string(), false),
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
