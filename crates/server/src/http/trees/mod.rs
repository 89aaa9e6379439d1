//! Files and folders of a tree.

pub(super) mod content;
pub(super) mod runs;
pub(crate) mod text;
pub(super) mod trash;
pub(super) mod versions;

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use pythonide_link::wire;
use pythonide_protocol::{
    http::{EntryKind, EntryView, FolderView, MoveEntry, NewFolder, SavedView, UsageView},
    problem::Problem,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    actors::{ReadableTree, WritableTree},
    problem::{Body, InQuery},
};
use crate::{
    app::{
        AppError,
        trees::{any, named},
    },
    state::App,
};

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct At {
    /// The path in the tree; empty for its root.
    #[serde(default)]
    path: String,
}

/// The entries of a folder.
#[utoipa::path(get, path = "/api/trees/{tree}/folder", params(("tree" = String, Path), At), responses(
    (status = 200, body = FolderView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list_folder(
    tree: ReadableTree,
    State(app): State<App>,
    InQuery(At { path }): InQuery<At>,
) -> Result<Json<FolderView>, AppError> {
    let request = wire::PathRequest {
        owner: Some(tree.owner()),
        path: any(&path)?,
    };
    let wire::Folder {
        entries,
        is_truncated,
    } = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.list_folder(request).await
        })
        .await?;
    let entries = entries.into_iter().map(entry_view).collect();
    Ok(Json(FolderView {
        entries,
        is_truncated,
        is_writable: tree.is_writable(),
    }))
}

/// Makes a folder.
#[utoipa::path(post, path = "/api/trees/{tree}/folders", params(("tree" = String, Path)), request_body = NewFolder, responses(
    (status = 201), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn make_folder(
    tree: WritableTree,
    State(app): State<App>,
    Body(NewFolder { path }): Body<NewFolder>,
) -> Result<StatusCode, AppError> {
    let request = wire::PathRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
    };
    app.hosts
        .ask(&app.db, request, async |mut host, request| {
            host.make_folder(request).await
        })
        .await?;
    Ok(StatusCode::CREATED)
}

/// Renames or moves a file or folder within its tree.
#[utoipa::path(post, path = "/api/trees/{tree}/moves", params(("tree" = String, Path)), request_body = MoveEntry, responses(
    (status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn move_entry(
    tree: WritableTree,
    State(app): State<App>,
    Body(MoveEntry { from, to }): Body<MoveEntry>,
) -> Result<StatusCode, AppError> {
    let request = wire::MoveRequest {
        owner: Some(tree.owner()),
        from: named(&from)?,
        to: named(&to)?,
    };
    app.hosts
        .ask(&app.db, request, async |mut host, request| {
            host.r#move(request).await
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How much of a home is in use.
#[utoipa::path(get, path = "/api/trees/{tree}/usage", params(("tree" = String, Path)), responses(
    (status = 200, body = UsageView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn get_usage(
    tree: ReadableTree,
    State(app): State<App>,
) -> Result<Json<UsageView>, AppError> {
    let usage = app
        .hosts
        .ask(&app.db, tree.owner(), async |mut host, owner| {
            host.read_usage(owner).await
        })
        .await?;
    let wire::Usage {
        bytes,
        files,
        max_bytes,
        max_files,
    } = usage;
    Ok(Json(UsageView {
        bytes,
        files,
        max_bytes,
        max_files,
    }))
}

fn saved_view(saved: wire::Saved) -> SavedView {
    SavedView {
        version: saved.version,
        saved_at: time(saved.saved_at_ms),
    }
}

fn entry_view(entry: wire::Entry) -> EntryView {
    let kind = kind(entry.kind());
    EntryView {
        name: entry.name,
        kind,
        size: if kind == EntryKind::Folder {
            0
        } else {
            entry.size
        },
        modified_at: time(entry.modified_ms),
        is_reachable: entry.is_reachable,
    }
}

fn kind(kind: wire::EntryKind) -> EntryKind {
    match kind {
        wire::EntryKind::File => EntryKind::File,
        wire::EntryKind::Folder => EntryKind::Folder,
        wire::EntryKind::Special | wire::EntryKind::Unspecified => EntryKind::Special,
    }
}

/// Times on disk may be anything a program sets.
fn time(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}
