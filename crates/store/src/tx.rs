//! One transaction: everything in it is kept, or nothing.

use chrono::{DateTime, Utc};
use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{Transaction, query_scalar, query_with};

use crate::engine::{postgres, sqlite};
use crate::error::StoreError;
use crate::events::{Bell, Event, Heard, PER_TRANSACTION};
use crate::statement::{Params, Statement};

/// A transaction, begun by [`Db::begin`](crate::Db::begin). Dropped without `commit`, it is rolled back.
///
/// SQLite has one writer at a time: keep it short, and await nothing but the database in it.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    open: OpenTx,
    /// What the own process hears after the commit.
    told: Vec<Heard>,
    bell: Bell,
}

#[derive(Debug)]
pub(crate) enum OpenTx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) const fn new(open: OpenTx, bell: Bell) -> Self {
        Self {
            open,
            told: Vec::new(),
            bell,
        }
    }

    pub(crate) const fn open(&mut self) -> &mut OpenTx {
        &mut self.open
    }

    /// Makes everything that was done in it last: on return it is on the disk.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.open {
            OpenTx::Sqlite(tx) => tx.commit().await,
            OpenTx::Postgres(tx) => tx.commit().await,
        }
        .map_err(|source| StoreError::while_doing("COMMIT", source))?;
        for heard in self.told {
            self.bell.ring(heard);
        }
        Ok(())
    }

    /// Tells every server what this transaction makes true, once it is committed.
    pub(crate) async fn tell(&mut self, event: Event) -> Result<(), StoreError> {
        if let OpenTx::Postgres(tx) = &mut self.open {
            let told = async { postgres::notify(tx, &event.to_text()?).await };
            told.await
                .map_err(|source| StoreError::while_doing("NOTIFY", source))?;
        }
        if self.told.len() < PER_TRANSACTION {
            self.told.push(Heard::Event(event));
        } else {
            self.told = vec![Heard::Missed];
        }
        Ok(())
    }

    /// The database's own time, by which all that share it agree.
    pub(crate) async fn now(&mut self) -> Result<DateTime<Utc>, StoreError> {
        match &mut self.open {
            OpenTx::Sqlite(tx) => query_scalar(sqlite::NOW).fetch_one(&mut **tx).await,
            OpenTx::Postgres(tx) => query_scalar(postgres::NOW).fetch_one(&mut **tx).await,
        }
        .map_err(|source| StoreError::while_doing("NOW", source))
    }

    /// Runs a statement that returns nothing, and says how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        params: impl Params<'_>,
    ) -> Result<u64, StoreError> {
        async {
            let text = statement.text;
            match &mut self.open {
                OpenTx::Sqlite(tx) => {
                    let done = query_with(text, params.sqlite()?)
                        .execute(&mut **tx)
                        .await?;
                    Ok(done.rows_affected())
                }
                OpenTx::Postgres(tx) => {
                    let done = query_with(text, params.postgres()?)
                        .execute(&mut **tx)
                        .await?;
                    Ok(done.rows_affected())
                }
            }
        }
        .await
        .map_err(|source| StoreError::in_statement(statement, source))
    }
}
