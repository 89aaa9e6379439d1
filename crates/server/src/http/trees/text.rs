//! Texts, as the editor opens and saves them.

use axum::{Json, extract::State};
use pythonide_link::{Refusal, RefusalKind, wire};
use pythonide_protocol::{
    http::{SaveText, SavedView, TextView},
    problem::Problem,
};

use super::{At, saved_view};
use crate::{
    app::{AppError, trees::named},
    http::{
        actors::{ReadableTree, WritableTree},
        problem::InQuery,
    },
    state::App,
};

/// A text and its version.
#[utoipa::path(get, path = "/api/trees/{tree}/text", params(("tree" = String, Path), At), responses(
    (status = 200, body = TextView), (status = 401, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
pub(in crate::http) async fn read_text(
    tree: ReadableTree,
    State(app): State<App>,
    InQuery(At { path }): InQuery<At>,
) -> Result<Json<TextView>, AppError> {
    let max_bytes = app.settings.text_mb << 20;
    let request = wire::ReadTextRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
        max_bytes,
    };
    let wire::Text { text, version } = app.host.clone().read_text(request).await?.into_inner();
    Ok(Json(TextView {
        text,
        version,
        is_writable: tree.is_writable(),
    }))
}

/// Saves a text if it was made from what is there. Durable when answered.
#[utoipa::path(put, path = "/api/trees/{tree}/text", params(("tree" = String, Path), At), request_body = SaveText, responses(
    (status = 200, body = SavedView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 413, body = Problem), (status = 507, body = Problem)))]
pub(in crate::http) async fn save_text(
    tree: WritableTree,
    State(app): State<App>,
    InQuery(At { path }): InQuery<At>,
    body: axum::body::Body,
) -> Result<Json<SavedView>, AppError> {
    let max_bytes = app.settings.text_mb << 20;
    let too_large = || {
        let limit = app.settings.text_mb;
        Refusal::new(
            RefusalKind::TooLarge,
            format!("The text is larger than {limit} MB and was not saved."),
        )
    };
    // JSON writes some characters in six; what is checked is the text itself.
    let most = usize::try_from(max_bytes * 6 + 4096).map_err(AppError::internal)?;
    let body = axum::body::to_bytes(body, most)
        .await
        .map_err(|_| too_large())?;
    let SaveText { text, base } =
        serde_json::from_slice(&body).map_err(|error| AppError::Invalid(error.to_string()))?;
    if text.len() as u64 > max_bytes {
        return Err(too_large().into());
    }
    let request = wire::SaveTextRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
        text,
        base,
    };
    Ok(Json(saved_view(
        app.host.clone().save_text(request).await?.into_inner(),
    )))
}
