//! Where one is signed in, and the password.

use axum::{Json, extract::State, http::StatusCode};
use pythonide_protocol::{
    http::{ChangePassword, OwnSessionList, OwnSessionView, SessionsEnded},
    problem::Problem,
};
use pythonide_store::sessions::Session;
use secrecy::SecretString;

use super::{
    actors::SignedIn,
    limits::Address,
    problem::{Body, InPath},
    session::MAX_PASSWORD_BYTES,
};
use crate::{
    app::{AppError, sessions},
    state::App,
};

/// Where the caller is signed in.
#[utoipa::path(get, path = "/api/sessions", responses((status = 200, body = OwnSessionList), (status = 401, body = Problem)))]
pub(super) async fn list_sessions(
    signed_in: SignedIn,
    State(app): State<App>,
) -> Result<Json<OwnSessionList>, AppError> {
    let own = signed_in.session();
    let (sessions, is_truncated) = sessions::list(&app, own).await?;
    let view = |session: Session| OwnSessionView {
        id: session.id.uuid(),
        signed_in_at: session.created_at,
        last_used_at: session.last_seen_at,
        user_agent: session.user_agent,
        address: session.address,
        is_current: session.id == own.id,
    };
    Ok(Json(OwnSessionList {
        sessions: sessions.into_iter().map(view).collect(),
        is_truncated,
    }))
}

/// Ends one of the caller's sessions, at once: its pages are asked to sign in.
#[utoipa::path(delete, path = "/api/sessions/{session}", params(("session" = String, Path)), responses(
    (status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn end_session(
    signed_in: SignedIn,
    State(app): State<App>,
    InPath(id): InPath<String>,
) -> Result<StatusCode, AppError> {
    let id = id.parse().map_err(|_| AppError::NotFound("session"))?;
    sessions::end(&app, signed_in.session(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of the caller's sessions but the one that asks, at once.
#[utoipa::path(delete, path = "/api/sessions", responses((status = 200, body = SessionsEnded), (status = 401, body = Problem)))]
pub(super) async fn end_others(
    signed_in: SignedIn,
    State(app): State<App>,
) -> Result<Json<SessionsEnded>, AppError> {
    let count = sessions::end_others(&app, signed_in.session()).await?;
    Ok(Json(SessionsEnded { count }))
}

/// Gives the caller a new password, and ends all other sessions at once. A wrong current one is 403 with
/// `wrong_credentials`, and tries are counted as those to sign in are.
#[utoipa::path(put, path = "/api/password", request_body = ChangePassword, responses(
    (status = 200, body = SessionsEnded), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub(super) async fn change_password(
    signed_in: SignedIn,
    State(app): State<App>,
    Address(address): Address,
    Body(ChangePassword { current, new }): Body<ChangePassword>,
) -> Result<Json<SessionsEnded>, AppError> {
    app.sign_in_limits
        .count(signed_in.user().username.as_str(), address)?;
    if current.len() > MAX_PASSWORD_BYTES {
        return Err(AppError::WrongPassword);
    }
    let (current, new) = (SecretString::from(current), SecretString::from(new));
    let count = sessions::change_password(&app, signed_in.session(), current, new).await?;
    Ok(Json(SessionsEnded { count }))
}
