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

use tokio::time::timeout;
use tonic::Status;

use crate::state::App;

/// Longer than any disk should take, shorter than a load balancer waits.
const HOST_ANSWERS_WITHIN: Duration = Duration::from_secs(4);

/// The process is up.
pub(super) async fn health() -> &'static str {
    "ok"
}

/// The database and the host answer, and the host can write where the files are. Tried at each call.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let mut host = app.host.clone();
    // A disk that hangs must not hang whoever asks.
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
    let word = |is_ok| if is_ok { "ok" } else { "failed" };
    let is_ready = database.is_ok() && host.is_ok();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    // The host's check writes to the file root.
    let body = json!({ "database": word(database.is_ok()), "host": word(host.is_ok()) });
    (status, Json(body)).into_response()
}
