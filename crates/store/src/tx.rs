//! One transaction: everything in it is kept, or nothing.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, Transaction, query_scalar, query_with};

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

    /// Inserts all rows by one statement, whose text ends with the values of one, `columns` of them.
    ///
    /// The caller bounds the rows: an engine takes 32,766 values at most (SQLite; PostgreSQL twice as many).
    pub(crate) async fn insert_all<P: Params<'static>>(
        &mut self,
        statement: &'static Statement,
        columns: usize,
        rows: Vec<P>,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let text = AssertSqlSafe(for_rows(statement, columns, rows.len()));
        async {
            match &mut self.open {
                OpenTx::Sqlite(tx) => {
                    let mut arguments = SqliteArguments::default();
                    for row in rows {
                        row.add_to_sqlite(&mut arguments)?;
                    }
                    query_with(text, arguments).execute(&mut **tx).await?;
                }
                OpenTx::Postgres(tx) => {
                    let mut arguments = PgArguments::default();
                    for row in rows {
                        row.add_to_postgres(&mut arguments)?;
                    }
                    query_with(text, arguments).execute(&mut **tx).await?;
                }
            }
            Ok(())
        }
        .await
        .map_err(|source| StoreError::in_statement(statement, source))
    }
}

/// The text of a statement that ends with the values of one row, for several.
fn for_rows(statement: &Statement, columns: usize, rows: usize) -> String {
    let mut text = statement.text.to_owned();
    for row in 1..rows {
        text.push_str(", (");
        for column in 1..=columns {
            let separator = if column == 1 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}${}", row * columns + column);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Statement, for_rows};

    #[test]
    fn a_statement_for_one_row_becomes_one_for_several() {
        let statement = Statement {
            name: "INSERT",
            text: "INSERT INTO t (a, b) VALUES ($1, $2)",
        };
        assert_eq!(for_rows(&statement, 2, 1), statement.text);
        assert_eq!(
            for_rows(&statement, 2, 3),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6)"
        );
    }
}
