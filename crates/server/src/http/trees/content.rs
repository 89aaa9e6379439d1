//! Files as they are: downloads and uploads, piece by piece.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt};
use pythonide_domain::UserId;
use pythonide_link::wire::{self, upload_part::Part};
use pythonide_protocol::{http::SavedView, problem::Problem};
use serde::Deserialize;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::{At, saved_view};
use crate::{
    app::{AppError, trees::named},
    http::{
        actors::{ReadableTree, WritableTree},
        problem::InQuery,
    },
    places::Place,
    state::App,
};

/// Uploads and downloads of one user at once. A browser has six connections.
const MOST_OF_A_USER: usize = 8;
/// How long a browser may send nothing of an upload.
const STALLED_AFTER: Duration = Duration::from_mins(1);

#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::http) struct To {
    /// The path in the tree.
    path: String,
    /// Whether a file of that name goes to the trash for this one.
    #[serde(default)]
    replace: bool,
}

/// A file's bytes, as an attachment: a browser must not show what a student wrote as a page of ours.
#[utoipa::path(get, path = "/api/trees/{tree}/content", params(("tree" = String, Path), At), responses(
    (status = 200, content_type = "application/octet-stream"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn download(
    tree: ReadableTree,
    State(app): State<App>,
    InQuery(At { path }): InQuery<At>,
) -> Result<Response, AppError> {
    let request = wire::PathRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
    };
    let place = begin_transfer(&app, tree.asker())?;
    // A transfer may take minutes, which the user's other requests need not wait for.
    drop(tree);
    let pieces = app
        .hosts
        .ask_streams(&app.db, request, async |mut host, request| {
            host.download(request).await
        })
        .await?;
    // The file may grow or shrink while it is sent, so its size is no promise to make.
    let bytes = pieces
        .map_ok(move |chunk| {
            let _until_the_end = &place;
            chunk.bytes
        })
        .map_err(std::io::Error::other);
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut response = Body::from_stream(bytes.boxed()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        attachment(name).map_err(AppError::internal)?,
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Puts a file there, whole or not at all. Durable when answered.
#[utoipa::path(put, path = "/api/trees/{tree}/content", params(("tree" = String, Path), To),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = SavedView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 413, body = Problem), (status = 507, body = Problem)))]
pub(in crate::http) async fn upload(
    tree: WritableTree,
    State(app): State<App>,
    InQuery(To { path, replace }): InQuery<To>,
    body: Body,
) -> Result<Json<SavedView>, AppError> {
    let _place = begin_transfer(&app, tree.asker())?;
    let owner = tree.owner();
    drop(tree);
    let kept = app.hosts.of(&app.db, &owner).await?;
    let begin = wire::UploadBegin {
        owner: Some(kept.owner.clone()),
        path: named(&path)?,
        replace,
        max_bytes: app.settings.upload_mb << 20,
    };
    let most = begin.max_bytes;
    let (sender, receiver) = mpsc::channel(4);
    let parts = ReceiverStream::new(receiver).map(|part| wire::UploadPart { part: Some(part) });
    let mut host = kept.streams;
    let (answer, ()) = tokio::join!(host.upload(parts), pass_on(begin, body, most, sender));
    // The body is gone, so it is for the browser to send it again where it belongs.
    let saved = answer.inspect_err(|status| {
        app.hosts.forget_if_not_held(&kept.owner, status);
    })?;
    Ok(Json(saved_view(saved.into_inner())))
}

fn begin_transfer(app: &App, user: UserId) -> Result<Place, AppError> {
    app.transfers
        .take(user, MOST_OF_A_USER)
        .ok_or(AppError::Busy(
            "You are sending or loading as many files at once as anybody may. Try again when one is through.",
        ))
}

/// Passes a body on, piece by piece. What comes after the host has refused is read all the same, a
/// limit's worth of it: a browser that is still sending would not hear why.
async fn pass_on(begin: wire::UploadBegin, body: Body, most: u64, sender: mpsc::Sender<Part>) {
    let mut pieces = body.into_data_stream();
    let mut is_taken = sender.send(Part::Begin(begin)).await.is_ok();
    let mut count = 0;
    loop {
        let bytes = match timeout(STALLED_AFTER, pieces.next()).await {
            Ok(Some(Ok(bytes))) => bytes,
            Ok(None) => break,
            // A connection that breaks, or stalls, ends the parts without `end`, and the host drops the file.
            Ok(Some(Err(_))) | Err(_) => return,
        };
        count += bytes.len() as u64;
        is_taken = is_taken && sender.send(Part::Bytes(bytes)).await.is_ok();
        if !is_taken && count > most.saturating_mul(2) {
            return;
        }
    }
    if is_taken {
        // A host that is gone by now has answered already, or its silence is the answer.
        let _ = sender.send(Part::End(wire::Done {})).await;
    }
}

/// RFC 6266 and RFC 8187: the name in UTF-8, percent-encoded.
fn attachment(name: &str) -> Result<HeaderValue, axum::http::header::InvalidHeaderValue> {
    let encoded = name.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text + &char::from(byte).to_string()
        } else {
            format!("{text}%{byte:02X}")
        }
    });
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}"))
}
