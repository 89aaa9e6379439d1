//! Signing in and out.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use pythonide_protocol::{
    http::{SessionView, SignIn, SiteView},
    problem::Problem,
};
use secrecy::SecretString;

use super::{
    actors::{SignedIn, cookie},
    limits::Address,
    problem::Body,
    views::{class_view, user_view},
};
use crate::{
    app::{
        AppError, members,
        sessions::{self, Origin, Session},
    },
    state::App,
};

/// Longer passwords are refused before any work is done on them.
pub(super) const MAX_PASSWORD_BYTES: usize = 1024;

/// What the sign-in page shows.
#[utoipa::path(get, path = "/api/site", responses((status = 200, body = SiteView)))]
pub(super) async fn get_site(State(app): State<App>) -> Result<Json<SiteView>, AppError> {
    let title = members::site_title(&app).await?;
    Ok(Json(SiteView {
        title,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}

/// Signs in: sets the cookie that all other requests carry.
#[utoipa::path(post, path = "/api/session", request_body = SignIn, responses(
    (status = 200, body = SessionView), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    Body(SignIn { username, password }): Body<SignIn>,
) -> Result<impl IntoResponse, AppError> {
    app.sign_in_limits.count(&username, address)?;
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(AppError::WrongCredentials);
    }
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let origin = Origin {
        user_agent: user_agent.map(|agent| agent.chars().take(300).collect()),
        address: Some(address.to_string()),
    };
    let (token, session) =
        sessions::sign_in(&app, &username, SecretString::from(password), origin).await?;
    let view = session_view(&app, &session).await?;
    Ok((
        AppendHeaders([(header::SET_COOKIE, cookie(&app, Some(&token)))]),
        Json(view),
    ))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub(super) async fn get_session(
    signed_in: SignedIn,
    State(app): State<App>,
) -> Result<Json<SessionView>, AppError> {
    Ok(Json(session_view(&app, signed_in.session()).await?))
}

/// Signs out. Succeeds also when nobody is signed in: that is what was wanted.
#[utoipa::path(delete, path = "/api/session", responses((status = 204)))]
pub(super) async fn sign_out(
    signed_in: Option<SignedIn>,
    State(app): State<App>,
) -> Result<impl IntoResponse, AppError> {
    if let Some(signed_in) = signed_in {
        sessions::sign_out(&app, signed_in.session()).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, cookie(&app, None))]),
    ))
}

async fn session_view(app: &App, session: &Session) -> Result<SessionView, AppError> {
    let classes = members::classes_of(app, &session.user).await?;
    Ok(SessionView {
        user: user_view(&session.user),
        classes: classes
            .iter()
            .map(|class| class_view(class, &session.user))
            .collect(),
        expires_at: session.expires_at,
        max_text_bytes: app.settings.text_mb << 20,
        max_upload_bytes: app.settings.upload_mb << 20,
    })
}
