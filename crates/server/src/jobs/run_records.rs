//! Takes the records of runs that are over from the host into the database.
//!
//! The host keeps each record until it is told that it was taken, which is said only after the database
//! has it for good; one that comes twice, or to two servers, changes nothing. So none is lost, whichever
//! part dies when.

use std::{slice, time::Duration};

use chrono::{DateTime, Utc};
use pythonide_domain::Username;
use pythonide_link::{HostClient, wire};
use pythonide_store::{Db, StoreError, Tx, runs, users};
use tokio::time::{sleep, timeout};

use crate::{
    app::{AppError, error::chain},
    state::App,
};

/// Between two tries while the host or the database is away: doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// The host answers within 20 seconds, even if it has nothing to tell.
const HOST_ANSWERS_WITHIN: Duration = Duration::from_mins(1);

/// For ever: asks the host for records, stores them, and tells it so with the next question. The host
/// answers as soon as there is one, so this waits and does not look again and again.
pub(crate) async fn take(app: App, mut host: HostClient) {
    let mut taken = Vec::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match take_some(&app, &mut host, &taken).await {
            Ok(stored) => {
                taken = stored;
                pause = FIRST_PAUSE;
                continue;
            }
            Err(error) => error,
        };
        // The records stay with the host, and are taken when both are there again.
        tracing::warn!(error = chain(&error), pause = ?pause, "no records of runs could be taken");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn take_some(
    app: &App,
    host: &mut HostClient,
    taken: &[String],
) -> Result<Vec<String>, AppError> {
    let request = wire::RunRecordsTaken {
        runs: taken.to_vec(),
    };
    let answer = timeout(HOST_ANSWERS_WITHIN, host.take_run_records(request)).await;
    let answer = answer.map_err(|_| tonic::Status::unavailable("the host does not answer"))??;
    let mut records = answer.into_inner().records;
    // Two servers may have the same ones, and whoever comes second waits for the first: in one order, so that no two wait
    // for each other.
    records.sort_by(|one, other| one.run.cmp(&other.run));
    let count = store_all(&app.db, &records).await?;
    app.counters.run_recorded(count);
    Ok(records.into_iter().map(|record| record.run).collect())
}

/// Stores what can be stored, and returns how many were new. None holds the others up: what the database
/// will never take is told and dropped.
async fn store_all(db: &Db, records: &[wire::RunRecord]) -> Result<u64, StoreError> {
    match store_together(db, records).await {
        Ok(count) => return Ok(count),
        Err(error @ StoreError::Unavailable { .. }) => return Err(error),
        Err(error) => tracing::debug!(%error, "records of runs are stored one by one"),
    }
    let mut count = 0;
    for record in records {
        match store_together(db, slice::from_ref(record)).await {
            Ok(stored) => count += stored,
            Err(error @ StoreError::Unavailable { .. }) => return Err(error),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, run.id = record.run, "a record of a run is dropped");
            }
        }
    }
    Ok(count)
}

async fn store_together(db: &Db, records: &[wire::RunRecord]) -> Result<u64, StoreError> {
    if records.is_empty() {
        return Ok(0);
    }
    let mut tx = db.begin().await?;
    let mut count = 0;
    for record in records {
        count += u64::from(store(&mut tx, record).await?);
    }
    tx.commit().await?;
    Ok(count)
}

async fn store(tx: &mut Tx, record: &wire::RunRecord) -> Result<bool, StoreError> {
    let Some((username, run)) = read(record) else {
        tracing::warn!(run.id = record.run, "a record of a run makes no sense");
        return Ok(false);
    };
    let is_new = runs::record(tx, &username, &run).await?;
    if !is_new && users::by_username(tx, &username).await?.is_none() {
        tracing::warn!(run.id = record.run, %username, "a run of a user who is gone is not recorded");
    }
    Ok(is_new)
}

/// The record as the database keeps it; `None` if it cannot be meant so.
fn read(record: &wire::RunRecord) -> Option<(Username, runs::Run)> {
    let end = record.end.clone().unwrap_or_default();
    let cause = cause(end.cause()).to_owned();
    let run = runs::Run {
        id: record.run.parse().ok()?,
        path: record.path.clone(),
        started_at: time(record.started_at_ms)?,
        ended_at: time(record.ended_at_ms)?,
        cause,
        exit_code: end.exit_code.map(i64::from),
        signal: end.signal,
        line: end.line.map(i64::from),
        wall_ms: number(end.wall_ms),
        cpu_ms: number(end.cpu_ms),
        peak_memory_bytes: number(end.peak_memory_bytes),
        output_bytes: number(record.output_bytes),
    };
    Some((Username::parse(&record.username).ok()?, run))
}

fn time(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// As the socket's protocol names it.
fn cause(cause: wire::EndCause) -> &'static str {
    match cause {
        wire::EndCause::Finished => "finished",
        wire::EndCause::Error | wire::EndCause::Unspecified => "error",
        wire::EndCause::Stopped => "stopped",
        wire::EndCause::ProcessorTime => "processor_time",
        wire::EndCause::Memory => "memory",
        wire::EndCause::Output => "output",
        wire::EndCause::Processes => "processes",
        wire::EndCause::Forks => "forks",
        wire::EndCause::HostMemory => "host_memory",
        wire::EndCause::Disk => "disk",
        wire::EndCause::Idle => "idle",
        wire::EndCause::Replaced => "replaced",
        wire::EndCause::HostShutdown => "host_shutdown",
        wire::EndCause::HostLost => "host_lost",
    }
}

#[cfg(test)]
mod tests {
    use pythonide_domain::{FullName, NewUser, Role};
    use pythonide_protocol::socket;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{TestApp, test_app};

    fn record(username: &str) -> wire::RunRecord {
        wire::RunRecord {
            run: Uuid::now_v7().to_string(),
            username: username.to_owned(),
            path: "dice.py".to_owned(),
            started_at_ms: 1_700_000_000_000,
            ended_at_ms: 1_700_000_002_500,
            end: Some(wire::End {
                cause: wire::EndCause::Error.into(),
                signal: Some("SIGSEGV".to_owned()),
                wall_ms: 2500,
                ..wire::End::default()
            }),
            output_bytes: u64::MAX,
        }
    }

    #[tokio::test]
    async fn a_record_nobody_can_use_does_not_hold_the_others_up() {
        let TestApp { app, ada, .. } = test_app().await;
        let mut senseless = record("ada");
        senseless.run = "?".to_owned();
        let mut timeless = record("ada");
        timeless.started_at_ms = i64::MAX;
        let (first, last) = (record("ada"), record("ada"));
        let records = [
            first.clone(),
            senseless,
            timeless,
            record("somebody.gone"),
            record(""),
            last.clone(),
            first.clone(),
        ];
        assert_eq!(store_all(&app.db, &records).await.unwrap(), 2);
        assert_eq!(store_all(&app.db, &records).await.unwrap(), 0);
        let found = runs::of_user(&app.db, ada.id, None, 9).await.unwrap();
        let ids: Vec<_> = found.iter().map(|run| run.id.to_string()).collect();
        assert_eq!(ids, [last.run, first.run]);
        let run = &found[0];
        assert_eq!((run.cause.as_str(), run.exit_code), ("error", None));
        assert_eq!(run.signal.as_deref(), Some("SIGSEGV"));
        assert_eq!((run.wall_ms, run.output_bytes), (2500, i64::MAX));
    }

    #[tokio::test]
    async fn a_database_that_is_away_leaves_the_records_with_the_host() {
        let TestApp { app, .. } = test_app().await;
        app.db.close().await;
        let stored = store_all(&app.db, &[record("ada")]).await;
        assert!(
            matches!(stored, Err(StoreError::Unavailable { .. })),
            "{stored:?}"
        );
    }

    #[tokio::test]
    async fn a_user_made_later_gets_no_record_of_an_earlier_one() {
        let TestApp { app, .. } = test_app().await;
        let record = record("bob");
        assert_eq!(store_all(&app.db, &[record]).await.unwrap(), 0);
        let mut tx = app.db.begin().await.unwrap();
        let username: Username = "bob".parse().unwrap();
        let new = NewUser {
            full_name: FullName::from(&username),
            username,
            email: None,
            role: Role::Student,
        };
        let bob = users::insert(&mut tx, new, None, app.clock.now()).await;
        let bob = bob.unwrap();
        tx.commit().await.unwrap();
        let found = runs::of_user(&app.db, bob.id, None, 9).await.unwrap();
        assert_eq!(found, []);
    }

    #[test]
    fn a_cause_is_kept_under_the_name_it_has_on_the_socket() {
        for number in 1.. {
            let Ok(ended) = wire::EndCause::try_from(number) else {
                assert!(number > 12, "{number}");
                break;
            };
            let name = serde_json::Value::from(cause(ended));
            serde_json::from_value::<socket::EndCause>(name).unwrap();
        }
    }
}
