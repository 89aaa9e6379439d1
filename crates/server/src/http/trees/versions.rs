//! Earlier contents of files.

use axum::{Json, extract::State};
use pythonide_link::wire;
use pythonide_protocol::{
    http::{RestoreVersion, SavedView, VersionList, VersionOrigin, VersionTextView, VersionView},
    problem::Problem,
};
use serde::Deserialize;

use super::{At, saved_view, time};
use crate::{
    app::{AppError, trees::named},
    http::{
        actors::RestorableTree,
        problem::{Body, InPath, InQuery},
    },
    state::App,
};

/// The contents that a file had, the newest first; of a file that is gone too.
#[utoipa::path(get, path = "/api/trees/{tree}/versions", params(("tree" = String, Path), At), responses(
    (status = 200, body = VersionList), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn list_versions(
    tree: RestorableTree,
    State(app): State<App>,
    InQuery(At { path }): InQuery<At>,
) -> Result<Json<VersionList>, AppError> {
    let request = wire::PathRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
    };
    let versions = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.list_versions(request).await
        })
        .await?;
    Ok(Json(VersionList {
        versions: versions.versions.into_iter().map(version_view).collect(),
    }))
}

/// Which content; the tree is `RestorableTree`'s to look at.
#[derive(Debug, Deserialize)]
pub(in crate::http) struct OfFile {
    version: String,
}

/// The text of a version.
#[utoipa::path(get, path = "/api/trees/{tree}/versions/{version}",
    params(("tree" = String, Path), ("version" = String, Path), At), responses(
    (status = 200, body = VersionTextView), (status = 401, body = Problem), (status = 404, body = Problem),
    (status = 413, body = Problem), (status = 415, body = Problem)))]
pub(in crate::http) async fn read_version(
    tree: RestorableTree,
    State(app): State<App>,
    InPath(OfFile { version }): InPath<OfFile>,
    InQuery(At { path }): InQuery<At>,
) -> Result<Json<VersionTextView>, AppError> {
    let request = wire::ReadVersionRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
        version,
        max_bytes: app.settings.text_mb << 20,
    };
    let wire::Text { text, .. } = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.read_version(request).await
        })
        .await?;
    Ok(Json(VersionTextView { text }))
}

/// Brings a version back if the file is what the caller takes it for. What it was becomes a version too.
#[utoipa::path(post, path = "/api/trees/{tree}/reversions", params(("tree" = String, Path)), request_body = RestoreVersion, responses(
    (status = 200, body = SavedView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 507, body = Problem)))]
pub(in crate::http) async fn restore_version(
    tree: RestorableTree,
    State(app): State<App>,
    Body(RestoreVersion {
        path,
        version,
        base,
    }): Body<RestoreVersion>,
) -> Result<Json<SavedView>, AppError> {
    let request = wire::RestoreVersionRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
        version,
        base,
    };
    let saved = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.restore_version(request).await
        })
        .await?;
    Ok(Json(saved_view(saved)))
}

fn version_view(version: wire::Version) -> VersionView {
    let origin = match version.origin() {
        wire::VersionOrigin::Saved => VersionOrigin::Saved,
        wire::VersionOrigin::Restored => VersionOrigin::Restored,
        wire::VersionOrigin::Found | wire::VersionOrigin::Unspecified => VersionOrigin::Found,
    };
    let wire::Version {
        version,
        at_ms,
        size,
        ..
    } = version;
    VersionView {
        version,
        at: time(at_ms),
        size,
        origin,
    }
}
