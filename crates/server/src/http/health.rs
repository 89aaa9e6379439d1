//! Whether the server is up, and whether it can do its work.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use pythonide_link::wire;
use serde_json::json;

use crate::state::App;

/// The process is up.
pub(super) async fn health() -> &'static str {
    "ok"
}

/// The database and the host answer, and the host can write where the files are. Tried at each call.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let mut host = app.host.clone();
    let (database, host) = tokio::join!(app.db.ping(), host.check(wire::CheckRequest {}));
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
