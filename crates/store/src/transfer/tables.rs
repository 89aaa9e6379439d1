//! Every table with every column, as a copy reads and writes them. A test compares with the catalogues of both engines.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Rows, TransferError, number};
use crate::db::Db;
use crate::error::StoreError;
use crate::reader::Reader;
use crate::statement::{Params, Row, Statement};
use crate::tx::Tx;

/// Rows that are read and written at once, and held in memory: fewer round trips, and still short statements, for a long
/// one would meet its limit.
const PAGE: i64 = 500;

type Time = DateTime<Utc>;

/// A row, as it is copied.
trait Table: Row + Clone + PartialEq {
    const NAME: &'static str;
    /// The first rows by key.
    const FIRST: &'static Statement;
    /// The rows after a key.
    const NEXT: &'static Statement;
    const INSERT: &'static Statement;
    const COUNT: &'static Statement;
    const COLUMNS: usize;

    /// The parameters of `INSERT`.
    fn cells(self) -> impl Params<'static>;
    /// The parameters of `NEXT`, for the rows after this one.
    fn after(self) -> impl Params<'static>;
}

/// Declares the tables in the order in which they are written: what others refer to comes first.
macro_rules! tables {
    ($(
        $table:ident as $row:ident ($first:ident, $next:ident, $insert:ident, $count:ident)
        by ($($key:ident),+) after $after:literal values $values:literal {
            $lead:ident: $lead_type:ty $(, $column:ident: $type:ty)* $(,)?
        }
    )+) => {
        sql! {
            $(
                $first = "SELECT ", stringify!($lead) $(, ", ", stringify!($column))*,
                    " FROM ", stringify!($table),
                    " ORDER BY ", stringify!($($key),+), " LIMIT $1";

                $next = "SELECT ", stringify!($lead) $(, ", ", stringify!($column))*,
                    " FROM ", stringify!($table), " WHERE ", $after;

                $insert = "INSERT INTO ", stringify!($table),
                    " (", stringify!($lead) $(, ", ", stringify!($column))*,
                    ") VALUES (", $values, ")";

                $count = "SELECT COUNT(*) AS count FROM ", stringify!($table);
            )+
        }

        $(
            #[derive(Clone, PartialEq, sqlx::FromRow)]
            struct $row { $lead: $lead_type $(, $column: $type)* }

            impl Table for $row {
                const NAME: &'static str = stringify!($table);
                const FIRST: &'static Statement = &$first;
                const NEXT: &'static Statement = &$next;
                const INSERT: &'static Statement = &$insert;
                const COUNT: &'static Statement = &$count;
                const COLUMNS: usize = [stringify!($lead) $(, stringify!($column))*].len();

                fn cells(self) -> impl Params<'static> {
                    (self.$lead, $(self.$column),*)
                }

                fn after(self) -> impl Params<'static> {
                    ($(self.$key,)+ PAGE)
                }
            }
        )+

        /// Returns the rows of every table.
        pub(super) async fn count(reader: &mut Tx) -> Result<Vec<Rows>, StoreError> {
            Ok(vec![$(count_of::<$row>(&mut *reader).await?),+])
        }

        /// Copies every table; both transactions are left open.
        pub(super) async fn copy(from: &mut Tx, to: &mut Tx) -> Result<(), TransferError> {
            $(copy_table::<$row>(from, to).await?;)+
            Ok(())
        }

        /// Returns every table that is copied, with its columns, for the test that compares with the catalogues.
        #[cfg(feature = "statements")]
        pub fn known() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
            [$((
                stringify!($table),
                &[stringify!($lead) $(, stringify!($column))*] as &'static [&'static str],
            )),+].into_iter()
        }
    };
}

/// Tables that are not copied: which hosts there are, and what they keep, is known to their servers alone and anew each
/// time; which programs may use the database, the target's migrations say.
#[cfg(feature = "statements")]
pub const NOT_COPIED: [&str; 3] = ["hosts", "oldest_program", "workspaces"];

tables! {
    users as UserRow (FIRST_USERS, NEXT_USERS, COPY_USER, COUNT_ALL_USERS)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11" {
        id: Uuid,
        username: String,
        full_name: String,
        email: Option<String>,
        role: String,
        password_hash: Option<String>,
        uid: i64,
        is_active: bool,
        created_at: Time,
        updated_at: Time,
        password_changed_at: Option<Time>,
    }

    uid_counter as UidCounterRow (FIRST_UID_COUNTERS, NEXT_UID_COUNTERS, COPY_UID_COUNTER, COUNT_UID_COUNTERS)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2" {
        id: i64,
        next_uid: i64,
    }

    classes as ClassRow (FIRST_CLASSES, NEXT_CLASSES, COPY_CLASS, COUNT_CLASSES)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2, $3" {
        id: Uuid,
        name: String,
        hints: bool,
    }

    memberships as MembershipRow (FIRST_MEMBERSHIPS, NEXT_MEMBERSHIPS, COPY_MEMBERSHIP, COUNT_MEMBERSHIPS)
    by (class_id, user_id) after "(class_id, user_id) > ($1, $2) ORDER BY class_id, user_id LIMIT $3"
    values "$1, $2" {
        class_id: Uuid,
        user_id: Uuid,
    }

    sessions as SessionRow (FIRST_SESSIONS, NEXT_SESSIONS, COPY_SESSION, COUNT_SESSIONS)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2, $3, $4, $5, $6, $7, $8, $9" {
        id: Uuid,
        token_hash: Vec<u8>,
        user_id: Uuid,
        created_at: Time,
        last_seen_at: Time,
        expires_at: Time,
        ends_at: Time,
        user_agent: Option<String>,
        address: Option<String>,
    }

    audit as AuditRow (FIRST_AUDIT_ENTRIES, NEXT_AUDIT_ENTRIES, COPY_AUDIT_ENTRY, COUNT_AUDIT_ENTRIES)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2, $3, $4, $5, $6" {
        id: Uuid,
        at: Time,
        actor: Option<Uuid>,
        action: String,
        subject: String,
        detail: String,
    }

    runs as RunRow (FIRST_RUNS, NEXT_RUNS, COPY_RUN, COUNT_RUNS)
    by (id) after "id > $1 ORDER BY id LIMIT $2"
    values "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13" {
        id: Uuid,
        user_id: Uuid,
        path: String,
        started_at: Time,
        ended_at: Time,
        cause: String,
        exit_code: Option<i64>,
        signal: Option<String>,
        line: Option<i64>,
        wall_ms: i64,
        cpu_ms: i64,
        peak_memory_bytes: i64,
        output_bytes: i64,
    }
}

/// Counts the users, of whatever schema the database is.
pub(super) async fn count_users(db: &Db) -> Result<u64, StoreError> {
    number(db, &COUNT_ALL_USERS, ()).await
}

async fn count_of<T: Table>(reader: &mut Tx) -> Result<Rows, StoreError> {
    Ok(Rows {
        table: T::NAME,
        count: number(reader, T::COUNT, ()).await?,
    })
}

/// Copies page by page, and reads each page back: what an engine rounds or folds is found, not lost.
async fn copy_table<T: Table>(from: &mut Tx, to: &mut Tx) -> Result<(), TransferError> {
    let mut last: Option<T> = None;
    loop {
        let page = page(from, last.clone())
            .await
            .map_err(TransferError::Source)?;
        if page.is_empty() {
            return Ok(());
        }
        let rows = page.iter().cloned().map(T::cells).collect();
        to.insert_all(T::INSERT, T::COLUMNS, rows)
            .await
            .map_err(TransferError::Target)?;
        let arrived = self::page(to, last).await.map_err(TransferError::Target)?;
        if page != arrived {
            return Err(TransferError::Differs { table: T::NAME });
        }
        last = page.into_iter().next_back();
    }
}

/// The next rows by key: ids sort alike in both engines, byte by byte.
async fn page<T: Table>(reader: &mut Tx, last: Option<T>) -> Result<Vec<T>, StoreError> {
    let reader = Reader::from(reader);
    match last {
        None => reader.all(T::FIRST, (PAGE,)).await,
        Some(row) => reader.all(T::NEXT, row.after()).await,
    }
}
