//! Whether the server is up, and whether it can do its work.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use pythonide_link::wire;
use serde_json::json;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use tonic::Status;

use crate::state::App;

/// Longer than any disk should take, shorter than a load balancer waits.
const HOST_ANSWERS_WITHIN: Duration = Duration::from_secs(4);
/// Anybody may ask, as often as they like; the host, which writes to the disk for it, is asked this often.
const HOLDS_FOR: Duration = Duration::from_secs(1);

/// The process is up.
pub(super) async fn health() -> &'static str {
    "ok"
}

/// What was found at the last look.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Found)>>);

#[derive(Debug, Clone, Copy)]
struct Found {
    database: bool,
    host: bool,
}

impl Readiness {
    /// What `look` finds, or found less than a second ago. Whoever asks meanwhile waits for the same look.
    async fn find(&self, look: impl Future<Output = Found>) -> Found {
        let mut last = self.0.lock().await;
        match *last {
            Some((at, found)) if at.elapsed() < HOLDS_FOR => found,
            _ => {
                let found = look.await;
                *last = Some((Instant::now(), found));
                found
            }
        }
    }
}

/// The database and the host answer, and the host can write where the files are: as of now, or of a
/// second ago.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let Found { database, host } = app.readiness.find(look(&app)).await;
    let word = |is_ok| if is_ok { "ok" } else { "failed" };
    let status = if database && host {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "database": word(database), "host": word(host) });
    (status, Json(body)).into_response()
}

async fn look(app: &App) -> Found {
    let mut host = app.host.clone();
    // A disk that hangs must not hang whoever asks. The host's check writes to the file root.
    let host = async {
        let check = timeout(HOST_ANSWERS_WITHIN, host.check(wire::CheckRequest {})).await;
        check.unwrap_or_else(|_| Err(Status::deadline_exceeded("the host does not answer")))
    };
    let (database, host) = tokio::join!(app.db.ping(), host);
    if let Err(error) = &database {
        tracing::warn!(%error, "not ready: the database does not answer");
    }
    if let Err(error) = &host {
        tracing::warn!(%error, "not ready: the host does not answer");
    }
    Found {
        database: database.is_ok(),
        host: host.is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_flood_of_questions_is_one_look() {
        let (readiness, looks) = (Readiness::default(), AtomicUsize::new(0));
        let ask = || {
            readiness.find(async {
                looks.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Found {
                    database: true,
                    host: false,
                }
            })
        };
        let answers = futures::future::join_all((0..50).map(|_| ask())).await;
        assert!(answers.iter().all(|found| found.database && !found.host));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        // Who goes away in the middle of a look keeps nobody from the next one.
        readiness.0.lock().await.take();
        let _ = timeout(Duration::ZERO, readiness.find(std::future::pending())).await;
        ask().await;
        assert_eq!(looks.load(Ordering::SeqCst), 2);
        let Some((at, _)) = *readiness.0.lock().await else {
            panic!("nothing is remembered")
        };
        *readiness.0.lock().await = at.checked_sub(HOLDS_FOR).map(|at| {
            let database = true;
            (
                at,
                Found {
                    database,
                    host: true,
                },
            )
        });
        ask().await;
        assert_eq!(looks.load(Ordering::SeqCst), 3);
    }
}
