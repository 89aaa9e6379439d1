//! The database: pools of connections to one of the two engines.

use std::panic::resume_unwind;
use std::time::Duration;

use sqlx::{PgPool, SqlitePool};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::engine::{self, Engine};
use crate::error::StoreError;
use crate::events::Bell;
use crate::reader::Reader;
use crate::tx::{OpenTx, Tx};
use crate::url::{DatabaseUrl, Target};

/// A database that was reached. Cloning is cheap and shares the connections.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
    url: DatabaseUrl,
    bell: Bell,
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite {
        /// Many, and unable to write, so that no statement goes around the writer.
        readers: SqlitePool,
        /// One: writers wait here in turn instead of polling for SQLite's lock.
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// Between two tries to reach a database that is not there yet.
const TRY_EVERY: Duration = Duration::from_secs(1);

sql! {
    PING = "SELECT 1 AS one";
}

impl Db {
    /// Connects to the database, and says in one sentence why it can't.
    ///
    /// Makes the SQLite file (readable by its owner alone) if it does not exist. Does not migrate: see [`Db::migrate`].
    /// `max_connections` is per process; SQLite has one more, to write.
    pub async fn open(url: &DatabaseUrl, max_connections: u32) -> Result<Self, StoreError> {
        let pools = match url.target() {
            Target::Sqlite(path) => engine::sqlite::open(path, max_connections).await?,
            Target::Postgres(options) => {
                engine::postgres::open(url, options, max_connections).await?
            }
        };
        Ok(Self {
            pools,
            url: url.clone(),
            bell: Bell::new(),
        })
    }

    /// The same for a server that starts: what passes by itself, such as a database that starts too or one in the middle of a
    /// failover, is waited for. Also refuses one that takes no changes.
    pub async fn open_within(
        url: &DatabaseUrl,
        max_connections: u32,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let until = Instant::now() + patience;
        let mut is_told = false;
        loop {
            let opened = async {
                let db = Self::open(url, max_connections).await?;
                db.check_writable().await?;
                Ok::<_, StoreError>(db)
            };
            match opened.await {
                Err(error) if error.may_pass() && Instant::now() + TRY_EVERY < until => {
                    if !is_told {
                        tracing::warn!(%error, "waiting for the database, for {} s at most", patience.as_secs());
                        is_told = true;
                    }
                    sleep(TRY_EVERY).await;
                }
                opened => return opened,
            }
        }
    }

    /// Begins a transaction; on SQLite it is the only one, and others wait for up to ten seconds.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let pools = self.pools.clone();
        self.carry_out(async move {
            match pools {
                Pools::Sqlite { writer, .. } => writer
                    .begin_with("BEGIN IMMEDIATE")
                    .await
                    .map(OpenTx::Sqlite),
                Pools::Postgres(pool) => pool.begin().await.map(OpenTx::Postgres),
            }
        })
        .await
    }

    /// Begins a transaction that can only read, and sees all the time what is committed when it first reads.
    pub(crate) async fn begin_snapshot(&self) -> Result<Tx, StoreError> {
        let pools = self.pools.clone();
        self.carry_out(async move {
            match pools {
                // The readers cannot write, and a transaction keeps to one state of the write-ahead log.
                Pools::Sqlite { readers, .. } => readers.begin().await.map(OpenTx::Sqlite),
                Pools::Postgres(pool) => pool
                    .begin_with(engine::postgres::BEGIN_SNAPSHOT)
                    .await
                    .map(OpenTx::Postgres),
            }
        })
        .await
    }

    /// Carries the beginning of a transaction out, also when nobody awaits it any more; then the transaction is rolled back.
    ///
    /// sqlx 0.9 gives a connection back to the pool without that while PostgreSQL has yet to answer the BEGIN, and whoever
    /// has the connection next is in a transaction that it does not know of.
    async fn carry_out(
        &self,
        beginning: impl Future<Output = Result<OpenTx, sqlx::Error>> + Send + 'static,
    ) -> Result<Tx, StoreError> {
        let open = match tokio::spawn(beginning.in_current_span()).await {
            Ok(open) => open,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime shuts down.
                Err(_) => Err(sqlx::Error::PoolClosed),
            },
        };
        open.map(|open| Tx::new(open, self.bell.clone()))
            .map_err(|source| StoreError::while_doing("BEGIN", source))
    }

    /// Asks the database for an answer, on a connection of the pool.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Reader::from(self)
            .one::<(i32,)>(&PING, ())
            .await
            .map(|(_one,)| ())
    }

    /// Asks the database for an answer, and refuses one that takes no changes. SQLite says that only when it is written to.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return self.ping().await;
        };
        let asked = async { engine::postgres::takes_changes(&mut *pool.acquire().await?).await };
        match asked.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::ReadOnly {
                at: self.url.to_string(),
            }),
            Err(source) => Err(StoreError::while_doing("TAKES_CHANGES", source)),
        }
    }

    /// Returns which engine this is.
    pub const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Closes every connection, after what runs on them has ended. Later calls fail.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) const fn pools(&self) -> &Pools {
        &self.pools
    }

    pub(crate) const fn bell(&self) -> &Bell {
        &self.bell
    }

    pub(crate) const fn url(&self) -> &DatabaseUrl {
        &self.url
    }
}

#[cfg(feature = "statements")]
impl Db {
    /// Prepares a statement without running it, and returns the names of its columns.
    pub async fn prepare(
        &self,
        statement: &'static crate::Statement,
    ) -> Result<Vec<String>, StoreError> {
        use sqlx::{Column, Executor, SqlSafeStr, Statement as _};

        let text = statement.text.into_sql_str();
        let columns = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.prepare(text).await.map(|prepared| {
                prepared
                    .columns()
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect()
            }),
            Pools::Postgres(pool) => pool.prepare(text).await.map(|prepared| {
                prepared
                    .columns()
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect()
            }),
        };
        columns.map_err(|source| StoreError::in_statement(statement, source))
    }
}
