//! Where a read runs: on any connection, or inside a transaction.

use sqlx::query_as_with;

use crate::db::{Db, Pools};
use crate::error::StoreError;
use crate::statement::{Params, Row, Statement};
use crate::tx::{OpenTx, Tx};

/// What a read function reads from; made from a `&Db` or a `&mut Tx`.
///
/// Inside a transaction, pass `&mut tx` (or `&mut *tx` where `tx` is itself a reference), to see what it has written.
#[derive(Debug)]
pub enum Reader<'a> {
    /// Any connection of the pool: sees what is committed.
    Db(&'a Db),
    /// The transaction's connection: also sees its own writes.
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Db> for Reader<'a> {
    fn from(db: &'a Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a mut Tx> for Reader<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// Writes the same query for each of the four connections it may go to.
macro_rules! fetch {
    ($reader:ident, $statement:ident, $params:ident, $fetch:ident) => {
        async {
            let text = $statement.text;
            match $reader {
                Reader::Db(db) => match db.pools() {
                    Pools::Sqlite { readers, .. } => {
                        query_as_with(text, $params.sqlite()?).$fetch(readers).await
                    }
                    Pools::Postgres(pool) => {
                        query_as_with(text, $params.postgres()?).$fetch(pool).await
                    }
                },
                Reader::Tx(tx) => match tx.open() {
                    OpenTx::Sqlite(tx) => {
                        query_as_with(text, $params.sqlite()?)
                            .$fetch(&mut **tx)
                            .await
                    }
                    OpenTx::Postgres(tx) => {
                        query_as_with(text, $params.postgres()?)
                            .$fetch(&mut **tx)
                            .await
                    }
                },
            }
        }
        .await
        .map_err(|source| StoreError::in_statement($statement, source))
    };
}

impl Reader<'_> {
    /// Returns all rows; the statement must limit them.
    pub(crate) async fn all<R: Row>(
        self,
        statement: &'static Statement,
        params: impl Params<'_>,
    ) -> Result<Vec<R>, StoreError> {
        fetch!(self, statement, params, fetch_all)
    }

    /// Returns the only row, or `None`.
    pub(crate) async fn optional<R: Row>(
        self,
        statement: &'static Statement,
        params: impl Params<'_>,
    ) -> Result<Option<R>, StoreError> {
        fetch!(self, statement, params, fetch_optional)
    }

    /// Returns the row of a statement that always has one, such as a count.
    pub(crate) async fn one<R: Row>(
        self,
        statement: &'static Statement,
        params: impl Params<'_>,
    ) -> Result<R, StoreError> {
        fetch!(self, statement, params, fetch_one)
    }
}
