//! HTTP: the list of routes, from which the OpenAPI document is made too.
//!
//! A handler parses, calls one use case and shapes the answer. Who may call it is said by the types
//! of its arguments (`actors`); what went wrong becomes a status in one table (`problem`).

pub(crate) mod actors;
pub(crate) mod assets;
mod classes;
pub(crate) mod health;
pub(crate) mod limits;
pub(crate) mod metrics;
mod origin;
pub(crate) mod problem;
mod session;
mod sessions;
#[cfg(test)]
mod tests;
pub(crate) mod trees;
pub(crate) mod views;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    classify::ServerErrorsFailureClass,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};
use utoipa::{OpenApi, openapi};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{socket, state::App};

/// Bodies of JSON are small, but for texts, which have a route and a limit of their own.
const MAX_JSON_BYTES: usize = 64 << 10;
/// Transfers of files are not held to this: they have their own pace.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// What a browser may do with our pages: nothing from elsewhere, no script that is not a file of ours.
/// CodeMirror and xterm insert their styles as elements, which `'unsafe-inline'` is for.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self'; img-src 'self' blob: data:; connect-src 'self'; frame-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "pythonide",
        description = "Signed in by a cookie. Errors are RFC 9457 problems with a `code`. Programs are talked to \
                       on the socket at /api/socket (docs/protocol.md)."
    ),
    components(schemas(pythonide_protocol::problem::Problem))
)]
struct Api;

/// The OpenAPI document of this version.
pub fn openapi() -> openapi::OpenApi {
    named(api().into_openapi())
}

fn named(mut document: openapi::OpenApi) -> openapi::OpenApi {
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document
}

fn api() -> OpenApiRouter<App> {
    let timed = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(session::get_site))
        .routes(routes!(
            session::sign_in,
            session::get_session,
            session::sign_out
        ))
        .routes(routes!(sessions::list_sessions, sessions::end_others))
        .routes(routes!(sessions::end_session))
        .routes(routes!(sessions::change_password))
        .routes(routes!(classes::get_class, classes::change_class))
        .routes(routes!(classes::list_students))
        .routes(routes!(trees::list_folder))
        .routes(routes!(trees::make_folder))
        .routes(routes!(trees::text::read_text, trees::text::save_text))
        .routes(routes!(trees::move_entry))
        .routes(routes!(trees::get_usage))
        .routes(routes!(trees::trash::list_trash))
        .routes(routes!(trees::trash::delete_entry))
        .routes(routes!(trees::trash::restore_entry))
        .routes(routes!(trees::versions::list_versions))
        .routes(routes!(trees::versions::read_version))
        .routes(routes!(trees::versions::restore_version))
        .routes(routes!(trees::runs::list_runs))
        .routes(routes!(trees::runs::get_plot))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            ANSWER_WITHIN,
        ));
    OpenApiRouter::new()
        .merge(timed)
        .routes(routes!(trees::content::download, trees::content::upload))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
}

/// All that the server answers.
pub(crate) fn router(app: App) -> Router {
    let request_id = HeaderName::from_static("x-request-id");
    let (api, document) = api().with_state(app.clone()).split_for_parts();
    let document = named(document);
    let is_behind_tls = app.settings.is_behind_tls();
    let counting = middleware::from_fn_with_state(app.clone(), count);
    let mut router = Router::new()
        .merge(api)
        .route(
            "/api/openapi.json",
            get(async move || axum::Json(document.clone())),
        )
        .route("/api/socket", get(socket::open))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(app.clone(), origin::check))
        .with_state(app);
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            name,
            HeaderValue::from_static(value),
        ));
    }
    if is_behind_tls {
        let year = HeaderValue::from_static("max-age=31536000");
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            header::STRICT_TRANSPORT_SECURITY,
            year,
        ));
    }
    router
        .layer(middleware::from_fn(name_problems))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(counting)
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_failure(tell_failure),
        )
        .layer(PropagateRequestIdLayer::new(request_id.clone()))
        .layer(SetRequestIdLayer::new(request_id, MakeRequestUuid))
}

async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.counters.answered(response.status());
    response
}

/// Logs what no problem has been logged for with its cause: an answer that took too long or broke off.
fn tell_failure(failure: ServerErrorsFailureClass, took: Duration, _: &tracing::Span) {
    match failure {
        ServerErrorsFailureClass::StatusCode(StatusCode::GATEWAY_TIMEOUT) => {
            tracing::error!(?took, "a request was not answered in time");
        }
        ServerErrorsFailureClass::StatusCode(_) => {}
        ServerErrorsFailureClass::Error(error) => tracing::error!(error, "an answer broke off"),
    }
}

fn span(request: &Request) -> tracing::Span {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    // Neither the query nor any header: paths name files, and cookies open sessions.
    tracing::info_span!("http", request.id = id, method = %request.method(), path = request.uri().path())
}

/// Puts the request's id into a problem's body, where the user can read it out to somebody.
async fn name_problems(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned);
    let is_api = request.uri().path().starts_with("/api/");
    problem::named(next.run(request).await, id, is_api)
}
