//! Takes the records of runs that are over from the host into the database.

use std::time::Duration;

use chrono::DateTime;
use pythonide_domain::Username;
use pythonide_link::wire;
use pythonide_store::{StoreError, runs};

use crate::{app::AppError, state::App};

/// Between two tries while the host or the database is away.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// For ever: asks the host for records, stores them, and tells it so with the next question. The host
/// answers as soon as there is one, so this waits and does not look again and again.
pub(crate) async fn take(app: App) {
    let mut taken = Vec::new();
    loop {
        match take_some(&app, &taken).await {
            Ok(stored) => taken = stored,
            Err(error) => {
                // It stays with the host, and is taken when both are there again.
                tracing::debug!(%error, "no records of runs could be taken");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
}

async fn take_some(app: &App, taken: &[String]) -> Result<Vec<String>, AppError> {
    let request = wire::RunRecordsTaken {
        runs: taken.to_vec(),
    };
    let records = app.host_for_stream().take_run_records(request).await?;
    let records = records.into_inner().records;
    let mut tx = app.db.begin().await?;
    for record in &records {
        store(&mut tx, record).await?;
    }
    tx.commit().await?;
    Ok(records.into_iter().map(|record| record.run).collect())
}

async fn store(tx: &mut pythonide_store::Tx, record: &wire::RunRecord) -> Result<(), StoreError> {
    let end = record.end.clone().unwrap_or_default();
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let time = DateTime::from_timestamp_millis;
    let (Ok(id), Ok(username), Some(started_at), Some(ended_at)) = (
        record.run.parse(),
        Username::parse(&record.username),
        time(record.started_at_ms),
        time(record.ended_at_ms),
    ) else {
        tracing::warn!(run.id = record.run, "a record of a run makes no sense");
        return Ok(());
    };
    let run = runs::Run {
        id,
        path: record.path.clone(),
        started_at,
        ended_at,
        cause: cause(end.cause()).to_owned(),
        exit_code: end.exit_code.map(i64::from),
        cpu_ms: number(end.cpu_ms),
        peak_memory_bytes: number(end.peak_memory_bytes),
        output_bytes: number(record.output_bytes),
    };
    if !runs::record(tx, &username, &run).await? {
        tracing::debug!(
            run.id = record.run,
            "a run was recorded before, or its user is gone"
        );
    }
    Ok(())
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
        wire::EndCause::Disk => "disk",
        wire::EndCause::Idle => "idle",
        wire::EndCause::Replaced => "replaced",
        wire::EndCause::HostShutdown => "host_shutdown",
        wire::EndCause::HostLost => "host_lost",
    }
}
