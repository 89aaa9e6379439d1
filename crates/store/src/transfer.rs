//! Copying a whole installation's database into another one, of either engine: all or nothing.
//!
//! The source is read in one snapshot and never written. Every row is read back from the target before the copy is
//! committed. What each table holds is in `tables`.

mod tables;

use pythonide_domain::{ClassId, Uid};

use crate::db::Db;
use crate::error::StoreError;
use crate::migrate::Schema;
use crate::reader::Reader;
use crate::statement::Statement;
use crate::tx::Tx;

#[cfg(feature = "statements")]
pub use tables::{NOT_COPIED, known};

/// How many rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub count: u64,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The source can't be read, or is not at this program's schema.
    #[error("the source can't be copied from")]
    Source(#[source] StoreError),
    /// The target can't be written, or can't be brought to this program's schema.
    #[error("the target can't be copied to")]
    Target(#[source] StoreError),
    /// A newer program has migrated one of the two, and this one would leave out what it does not know.
    #[error(
        "the schema of the {which} is number {database} and this program's {program}, so it would leave out what is \
         newer; copy with the version that made it"
    )]
    Newer {
        /// Which of the two.
        which: &'static str,
        /// The newest migration in the database.
        database: i64,
        /// The newest migration in this program.
        program: i64,
    },
    /// The target is somebody's: it holds more than a new database does.
    #[error(
        "the target is in use, for its table {} holds rows already ({}); nothing is ever overwritten, so give a new \
         database", .0.table, .0.count
    )]
    InUse(Rows),
    /// What was read back is not what was written.
    #[error("the rows of {table} did not arrive as they were; the target is as it was before")]
    Differs {
        /// The table.
        table: &'static str,
    },
}

sql! {
    COUNT_CLASSES_BUT = "SELECT COUNT(*) AS count FROM classes WHERE id <> $1";

    COUNT_MOVED_COUNTERS = "SELECT COUNT(*) AS count FROM uid_counter WHERE next_uid <> $1";

    CLEAR_CLASSES = "DELETE FROM classes";

    CLEAR_UID_COUNTER = "DELETE FROM uid_counter";
}

#[cfg(feature = "statements")]
impl Statement {
    /// Returns the statements of the copy.
    pub(crate) fn of_transfer() -> impl Iterator<Item = &'static Self> {
        STATEMENTS.iter().chain(tables::STATEMENTS).copied()
    }
}

/// Returns what `copy` would copy, in its order; fails where it would refuse. Changes nothing.
///
/// Without a target, only the source is looked at.
pub async fn preview(source: &Db, target: Option<&Db>) -> Result<Vec<Rows>, TransferError> {
    let schema = source.check_schema().await;
    refuse_newer("source", schema.map_err(TransferError::Source)?)?;
    if let Some(target) = target {
        let is_current = refuse_users(target).await?;
        if is_current {
            let mut snapshot = target
                .begin_snapshot()
                .await
                .map_err(TransferError::Target)?;
            refuse_use(&mut snapshot).await?;
        }
    }
    let mut snapshot = source
        .begin_snapshot()
        .await
        .map_err(TransferError::Source)?;
    tables::count(&mut snapshot)
        .await
        .map_err(TransferError::Source)
}

/// Brings `target` to this program's schema and copies every row of `source` into it; returns the rows per table.
///
/// The source must have this program's schema. The target must hold nothing but what the migrations put there, which the
/// source's rows replace. All is copied in one transaction; after an error the target holds what it held before, though at
/// this program's schema. What is written to the source meanwhile is not copied.
pub async fn copy(source: &Db, target: &Db) -> Result<Vec<Rows>, TransferError> {
    let schema = source.check_schema().await;
    refuse_newer("source", schema.map_err(TransferError::Source)?)?;
    // Before the migrations: they are not for a database that is then refused.
    refuse_users(target).await?;
    let schema = target.migrate().await;
    refuse_newer("target", schema.map_err(TransferError::Target)?)?;

    let mut from = source
        .begin_snapshot()
        .await
        .map_err(TransferError::Source)?;
    let counted = tables::count(&mut from)
        .await
        .map_err(TransferError::Source)?;
    let mut to = target.begin().await.map_err(TransferError::Target)?;
    refuse_use(&mut to).await?;
    for seed in [&CLEAR_CLASSES, &CLEAR_UID_COUNTER] {
        to.execute(seed, ()).await.map_err(TransferError::Target)?;
    }
    tables::copy(&mut from, &mut to).await?;
    let arrived = tables::count(&mut to)
        .await
        .map_err(TransferError::Target)?;
    if let Some((left, _)) = counted
        .iter()
        .zip(&arrived)
        .find(|(left, right)| left != right)
    {
        return Err(TransferError::Differs { table: left.table });
    }
    to.commit().await.map_err(TransferError::Target)?;
    Ok(arrived)
}

/// Refuses a target with users, whatever its schema; returns whether that is this program's.
async fn refuse_users(target: &Db) -> Result<bool, TransferError> {
    let is_current = match target.check_schema().await {
        Ok(schema) => {
            refuse_newer("target", schema)?;
            true
        }
        Err(StoreError::OlderSchema { database: 0, .. }) => return Ok(false),
        // The table of users is in the first migration.
        Err(StoreError::OlderSchema { .. }) => false,
        Err(other) => return Err(TransferError::Target(other)),
    };
    let count = tables::count_users(target)
        .await
        .map_err(TransferError::Target)?;
    refuse_rows("users", count)?;
    Ok(is_current)
}

fn refuse_newer(which: &'static str, schema: Schema) -> Result<(), TransferError> {
    match schema {
        Schema::Same => Ok(()),
        Schema::Newer { database, program } => Err(TransferError::Newer {
            which,
            database,
            program,
        }),
    }
}

/// Refuses a target with anything that no migration has put there.
async fn refuse_use(target: &mut Tx) -> Result<(), TransferError> {
    let counted = tables::count(&mut *target)
        .await
        .map_err(TransferError::Target)?;
    for Rows { table, count } in counted {
        let beyond_seed = match table {
            "classes" => {
                let params = (ClassId::DEFAULT.uuid(),);
                number(&mut *target, &COUNT_CLASSES_BUT, params).await
            }
            // A counter that was moved has given uids, which may own files.
            "uid_counter" => {
                let params = (i64::from(Uid::MIN),);
                number(&mut *target, &COUNT_MOVED_COUNTERS, params).await
            }
            _ => Ok(count),
        };
        refuse_rows(table, beyond_seed.map_err(TransferError::Target)?)?;
    }
    Ok(())
}

fn refuse_rows(table: &'static str, count: u64) -> Result<(), TransferError> {
    match count {
        0 => Ok(()),
        _ => Err(TransferError::InUse(Rows { table, count })),
    }
}

async fn number(
    reader: impl Into<Reader<'_>>,
    statement: &'static Statement,
    params: impl crate::statement::Params<'_>,
) -> Result<u64, StoreError> {
    let (count,): (i64,) = reader.into().one(statement, params).await?;
    Ok(count.unsigned_abs())
}
