//! Whether the server is up, and whether it can do its work.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream::FuturesUnordered};
use pythonide_link::{HostClient, wire};
use pythonide_store::StoreError;
use serde_json::json;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{app::error::chain, state::App};

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

/// The database can be used, and one of the hosts can write where the files are: as of now, or of a second ago. A server
/// that was asked to stop is not ready, and says so at once.
pub(super) async fn ready(State(app): State<App>) -> Response {
    if app.stopping.has_begun() {
        let body = json!({ "server": "stopping" });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    }
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
    // A disk that hangs must not hang whoever asks.
    let host = async { timeout(HOST_ANSWERS_WITHIN, one_works(app)).await == Ok(true) };
    let (database, host) = tokio::join!(database_is_usable(app), host);
    if let Err(error) = &database {
        tracing::warn!(
            error = chain(error),
            "not ready: the database cannot be used"
        );
    }
    if !host {
        tracing::warn!("not ready: no host answers");
    }
    Found {
        database: database.is_ok(),
        host,
    }
}

/// It answers, takes changes, and no newer version has taken away what this one needs.
async fn database_is_usable(app: &App) -> Result<(), StoreError> {
    app.db.check_writable().await?;
    app.db.check_schema().await.map(drop)
}

/// Whether a host answers that it can write where the files are.
async fn one_works(app: &App) -> bool {
    let check = async |(address, mut host): (String, HostClient)| {
        let checked = host.check(wire::CheckRequest {}).await;
        checked.map_err(|error| tracing::warn!(%error, address, "a host cannot work"))
    };
    app.hosts.were_asked().await;
    let mut checks: FuturesUnordered<_> = app.hosts.live().into_iter().map(check).collect();
    while let Some(checked) = checks.next().await {
        if checked.is_ok() {
            return true;
        }
    }
    false
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
