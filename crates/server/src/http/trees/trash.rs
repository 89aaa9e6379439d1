//! The trash: deleting so that it can be undone.

use axum::{Json, extract::State};
use pythonide_link::wire;
use pythonide_protocol::{
    http::{DeleteEntry, DeletedView, RestoreEntry, RestoredView, TrashItemView, TrashView},
    problem::Problem,
};

use super::{kind, time};
use crate::{
    app::{AppError, trees::named},
    http::{
        actors::{RestorableTree, WritableTree},
        problem::Body,
    },
    state::App,
};

/// What is in the trash, the last deleted first.
#[utoipa::path(get, path = "/api/trees/{tree}/trash", params(("tree" = String, Path)), responses(
    (status = 200, body = TrashView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn list_trash(
    tree: RestorableTree,
    State(app): State<App>,
) -> Result<Json<TrashView>, AppError> {
    let trash = app
        .hosts
        .ask(&app.db, tree.owner(), async |mut host, owner| {
            host.list_trash(owner).await
        })
        .await?;
    let wire::Trash {
        items,
        is_truncated,
        kept_days,
    } = trash;
    let items: Result<_, AppError> = items.into_iter().map(item_view).collect();
    Ok(Json(TrashView {
        items: items?,
        is_truncated,
        kept_days,
    }))
}

/// Moves a file or folder to the trash.
#[utoipa::path(post, path = "/api/trees/{tree}/deletions", params(("tree" = String, Path)), request_body = DeleteEntry, responses(
    (status = 200, body = DeletedView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn delete_entry(
    tree: WritableTree,
    State(app): State<App>,
    Body(DeleteEntry { path }): Body<DeleteEntry>,
) -> Result<Json<DeletedView>, AppError> {
    let request = wire::PathRequest {
        owner: Some(tree.owner()),
        path: named(&path)?,
    };
    let deleted = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.delete(request).await
        })
        .await?;
    Ok(Json(DeletedView {
        trash_id: deleted.trash_id.parse().map_err(AppError::internal)?,
    }))
}

/// Moves something back from the trash.
#[utoipa::path(post, path = "/api/trees/{tree}/restorations", params(("tree" = String, Path)), request_body = RestoreEntry, responses(
    (status = 200, body = RestoredView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn restore_entry(
    tree: RestorableTree,
    State(app): State<App>,
    Body(RestoreEntry { trash_id }): Body<RestoreEntry>,
) -> Result<Json<RestoredView>, AppError> {
    let request = wire::RestoreRequest {
        owner: Some(tree.owner()),
        trash_id: trash_id.to_string(),
    };
    let restored = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.restore(request).await
        })
        .await?;
    Ok(Json(RestoredView {
        path: restored.path,
    }))
}

fn item_view(item: wire::TrashItem) -> Result<TrashItemView, AppError> {
    let kind = kind(item.kind());
    let wire::TrashItem {
        trash_id,
        path,
        size,
        deleted_at_ms,
        ..
    } = item;
    Ok(TrashItemView {
        trash_id: trash_id.parse().map_err(AppError::internal)?,
        path,
        kind,
        size,
        deleted_at: time(deleted_at_ms),
    })
}
