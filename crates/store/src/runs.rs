//! Runs that are over: who ran what, how it ended, what it took. They are only added.

use chrono::{DateTime, Utc};
use pythonide_domain::{UserId, Username};
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::Tx;

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// Names the run; given by the host.
    pub id: Uuid,
    /// The file, in the user's home.
    pub path: String,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When the script ended.
    pub ended_at: DateTime<Utc>,
    /// How it ended, as a word such as `finished`.
    pub cause: String,
    /// The exit status, where the program gave one.
    pub exit_code: Option<i64>,
    /// The signal's name, where one ended it.
    pub signal: Option<String>,
    /// The line of the user's own file at which an error ended it.
    pub line: Option<i64>,
    /// From start to end.
    pub wall_ms: i64,
    /// Processor time.
    pub cpu_ms: i64,
    /// The most memory held at once, as far as it was seen.
    pub peak_memory_bytes: i64,
    /// What it printed.
    pub output_bytes: i64,
}

sql! {
    RECORD_RUN = "
        INSERT INTO runs (id, user_id, path, started_at, ended_at, cause, exit_code, signal, line,
                          wall_ms, cpu_ms, peak_memory_bytes, output_bytes)
        SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
          FROM users AS u WHERE u.username = $2
        ON CONFLICT (id) DO NOTHING";

    RUNS_OF_USER = "
        SELECT id, path, started_at, ended_at, cause, exit_code, signal, line,
               wall_ms, cpu_ms, peak_memory_bytes, output_bytes
          FROM runs
         WHERE user_id = $1
           AND ((started_at, id) < (SELECT r.started_at, r.id FROM runs AS r WHERE r.id = $2 AND r.user_id = $1)
                OR $2 IS NULL)
         ORDER BY started_at DESC, id DESC LIMIT $3";
}

/// Records a run of the user of this name; returns whether that changed anything. It does not when the run
/// was recorded before, or when there is no such user.
pub async fn record(tx: &mut Tx, username: &Username, run: &Run) -> Result<bool, StoreError> {
    let params = (
        run.id,
        username.as_str(),
        run.path.as_str(),
        run.started_at,
        run.ended_at,
        run.cause.as_str(),
        run.exit_code,
        run.signal.as_deref(),
        run.line,
        run.wall_ms,
        run.cpu_ms,
        run.peak_memory_bytes,
        run.output_bytes,
    );
    Ok(tx.execute(&RECORD_RUN, params).await? == 1)
}

/// Returns up to `limit` runs of a user, the newest first, starting after the run `after` if given; none
/// when that is not a run of this user.
pub async fn of_user(
    reader: impl Into<Reader<'_>>,
    user: UserId,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    let params = (user.uuid(), after, i64::from(limit));
    reader.into().all(&RUNS_OF_USER, params).await
}
