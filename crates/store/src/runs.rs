//! Runs that are over: who ran what, how it ended, what it took.

use chrono::{DateTime, Utc};
use pythonide_domain::Username;
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::Tx;

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// Names the run.
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
    /// Processor time.
    pub cpu_ms: i64,
    /// The most memory held at once, as far as it was seen.
    pub peak_memory_bytes: i64,
    /// What it printed.
    pub output_bytes: i64,
}

sql! {
    RECORD_RUN = "
        INSERT INTO runs (id, user_id, path, started_at, ended_at, cause, exit_code, cpu_ms, peak_memory_bytes,
                          output_bytes)
        SELECT $1, id, $3, $4, $5, $6, $7, $8, $9, $10 FROM users WHERE username = $2
        ON CONFLICT (id) DO NOTHING";

    RUNS_OF_USER = "
        SELECT runs.id, path, started_at, ended_at, cause, exit_code, cpu_ms, peak_memory_bytes, output_bytes
          FROM runs JOIN users ON users.id = runs.user_id
         WHERE username = $1
           AND ((started_at, runs.id) < (SELECT started_at, id FROM runs WHERE id = $2) OR $2 IS NULL)
         ORDER BY started_at DESC, runs.id DESC LIMIT $3";
}

/// Records a run of the user of this name. One that is recorded already, or of a user that is gone,
/// changes nothing; returns whether it did.
pub async fn record(tx: &mut Tx, username: &Username, run: &Run) -> Result<bool, StoreError> {
    let params = (
        run.id,
        username.as_str(),
        run.path.as_str(),
        run.started_at,
        run.ended_at,
        run.cause.as_str(),
        run.exit_code,
        run.cpu_ms,
        run.peak_memory_bytes,
        run.output_bytes,
    );
    Ok(tx.execute(&RECORD_RUN, params).await? == 1)
}

/// Returns up to `limit` runs of a user, the newest first, starting after the run `before`.
pub async fn of_user(
    reader: impl Into<Reader<'_>>,
    username: &Username,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    let params = (username.as_str(), before, i64::from(limit));
    reader.into().all(&RUNS_OF_USER, params).await
}
