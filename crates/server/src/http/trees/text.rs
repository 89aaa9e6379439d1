//! Texts, as the editor opens and saves them.

use std::time::Duration;

use axum::{Json, body::HttpBody, extract::State};
use pythonide_domain::UserId;
use pythonide_link::{Refusal, RefusalKind, wire};
use pythonide_protocol::{
    http::{SaveText, SavedView, TextView},
    problem::Problem,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::{At, saved_view};
use crate::{
    app::{AppError, trees::named},
    http::{
        actors::{ReadableTree, WritableTree},
        problem::InQuery,
    },
    places::{Place, Places},
    state::App,
};

/// The body of a small text is as large as any other JSON may be: nearly all of what a class writes.
const SMALL_BYTES: u64 = 64 << 10;
/// Bodies of larger ones that are in memory at once, at up to six times the largest text each.
const LARGE_AT_ONCE: usize = 4;
/// Of one user, or one who sends slowly could keep everybody else from it.
const LARGE_OF_A_USER: usize = 2;
/// How long a large one waits for the others.
const ROOM_WITHIN: Duration = Duration::from_secs(10);

/// The room for texts on their way to the host.
#[derive(Debug)]
pub(crate) struct TextRoom {
    large: Semaphore,
    of_users: Places,
}

impl TextRoom {
    pub(crate) fn new() -> Self {
        Self {
            large: Semaphore::new(LARGE_AT_ONCE),
            of_users: Places::default(),
        }
    }

    /// Room for a large text of this user.
    async fn take(&self, user: UserId) -> Result<(SemaphorePermit<'_>, Place), AppError> {
        let busy =
            "Other large files are being saved just now. Nothing is lost; try again in a moment.";
        let place = self.of_users.take(user, LARGE_OF_A_USER);
        let place = place.ok_or(AppError::Busy(busy))?;
        match timeout(ROOM_WITHIN, self.large.acquire()).await {
            Ok(permit) => Ok((permit.map_err(AppError::internal)?, place)),
            Err(_) => Err(AppError::Busy(busy)),
        }
    }
}

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
    let wire::Text { text, version } = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.read_text(request).await
        })
        .await?;
    Ok(Json(TextView {
        text,
        version,
        is_writable: tree.is_writable(),
    }))
}

/// Saves a text if it was made from what is there. Durable when answered.
#[utoipa::path(put, path = "/api/trees/{tree}/text", params(("tree" = String, Path), At), request_body = SaveText, responses(
    (status = 200, body = SavedView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem), (status = 413, body = Problem), (status = 503, body = Problem), (status = 507, body = Problem)))]
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
    let is_small = body
        .size_hint()
        .exact()
        .is_some_and(|bytes| bytes <= SMALL_BYTES);
    // JSON writes some characters in six; what is checked is the text itself.
    let most = if is_small {
        SMALL_BYTES
    } else {
        max_bytes * 6 + 4096
    };
    let most = usize::try_from(most).map_err(AppError::internal)?;
    // Until the host has it: the text is in memory for as long.
    let _room = if is_small {
        None
    } else {
        Some(app.text_room.take(tree.asker()).await?)
    };
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
        app.hosts
            .ask(&app.db, request, async |mut host, request| {
                host.save_text(request).await
            })
            .await?,
    )))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[tokio::test]
    async fn large_texts_take_turns_and_nobody_takes_all_of_them() {
        let room = TextRoom::new();
        let [ada, bob, cleo] = [(); 3].map(|()| UserId::new(DateTime::UNIX_EPOCH));
        let _first = room.take(ada).await.unwrap();
        let second = room.take(ada).await.unwrap();
        assert!(matches!(room.take(ada).await, Err(AppError::Busy(_))));
        let _bobs = (room.take(bob).await.unwrap(), room.take(bob).await.unwrap());
        let mut waiting = std::pin::pin!(room.take(cleo));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(second);
        let _cleos = waiting.await.unwrap();
        // A place given back is a place for its user again, too.
        assert!(futures::poll!(std::pin::pin!(room.take(ada))).is_pending());
    }
}
