//! The only table from what went wrong to a status, and the body that goes with it.

use axum::{
    Json,
    extract::{
        Path, Query,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pythonide_link::RefusalKind;
use pythonide_protocol::problem::{Problem, ProblemCode};

use crate::app::{AppError, error::chain};

/// RFC 9457.
const PROBLEM_JSON: &str = "application/problem+json";

impl AppError {
    /// The status, and the code that the front end switches on.
    fn status_and_code(&self) -> (StatusCode, ProblemCode) {
        use ProblemCode as Code;
        match self {
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, Code::WrongCredentials),
            // Not 401: they are signed in.
            Self::WrongPassword => (StatusCode::FORBIDDEN, Code::WrongCredentials),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, Code::SignedOut),
            Self::Forbidden => (StatusCode::FORBIDDEN, Code::Forbidden),
            Self::ReadOnly => (StatusCode::FORBIDDEN, Code::ReadOnly),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, Code::NotFound),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, Code::Invalid),
            Self::CrossOrigin => (StatusCode::FORBIDDEN, Code::CrossOrigin),
            Self::TooManyRequests { .. } | Self::TooManyPages => {
                (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests)
            }
            Self::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::Busy),
            Self::Refused(refusal) => refusal_status(refusal.kind),
            Self::HostUnavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, Code::HostUnavailable),
            Self::DatabaseUnavailable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::DatabaseUnavailable)
            }
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
        }
    }

    /// The body; logs the causes that only an operator can mend, once, here.
    pub(crate) fn into_problem(self) -> Problem {
        let (status, code) = self.status_and_code();
        // A home that is full is its owner's to mend.
        if status.is_server_error() && code != ProblemCode::QuotaFull {
            tracing::error!(error = chain(&self), "a request failed");
        }
        Problem {
            kind: "about:blank".to_owned(),
            status: status.as_u16(),
            title: self.to_string(),
            code,
            request_id: None,
        }
    }
}

fn refusal_status(kind: RefusalKind) -> (StatusCode, ProblemCode) {
    match kind {
        RefusalKind::NotFound => (StatusCode::NOT_FOUND, ProblemCode::NotFound),
        RefusalKind::AlreadyExists => (StatusCode::CONFLICT, ProblemCode::AlreadyExists),
        RefusalKind::Conflict => (StatusCode::CONFLICT, ProblemCode::Conflict),
        RefusalKind::BadName => (StatusCode::UNPROCESSABLE_ENTITY, ProblemCode::BadName),
        RefusalKind::NotText => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ProblemCode::NotText),
        RefusalKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::TooLarge),
        RefusalKind::NotAFile => (StatusCode::CONFLICT, ProblemCode::NotAFile),
        RefusalKind::Denied => (StatusCode::FORBIDDEN, ProblemCode::Forbidden),
        RefusalKind::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, ProblemCode::DiskFull),
        RefusalKind::FilesUnavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemCode::FilesUnavailable,
        ),
        RefusalKind::Damaged => (StatusCode::GONE, ProblemCode::Damaged),
        RefusalKind::QuotaFull => (StatusCode::INSUFFICIENT_STORAGE, ProblemCode::QuotaFull),
        RefusalKind::ProgramRunning => (StatusCode::CONFLICT, ProblemCode::ProgramRunning),
        RefusalKind::NoSuchRun => (StatusCode::NOT_FOUND, ProblemCode::NoSuchRun),
        RefusalKind::NotHeld => (
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemCode::HostUnavailable,
        ),
        RefusalKind::Draining | RefusalKind::Busy => {
            (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Busy)
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let retry_after = match &self {
            Self::TooManyRequests { retry_after } => Some(retry_after.as_secs() + 1),
            Self::Busy(_) | Self::HostUnavailable(_) | Self::DatabaseUnavailable(_) => Some(2),
            Self::Refused(refusal) if refusal.kind == RefusalKind::FilesUnavailable => Some(2),
            _ => None,
        };
        let mut response = response(self.into_problem());
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn response(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(&problem)).into_response();
    let kind = HeaderValue::from_static(PROBLEM_JSON);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // `named` makes the body again when it knows the request's id.
    response.extensions_mut().insert(problem);
    response
}

/// The same response with the request's id in the body, if it is a problem. What the layers refuse by
/// themselves (a method, a time limit) becomes a problem too where `is_api`.
pub(super) fn named(mut answer: Response, request_id: Option<String>, is_api: bool) -> Response {
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let problem = match answer.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_api && is_error => bare(status),
        None => return answer,
    };
    let body = response(Problem {
        request_id,
        ..problem
    });
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    Response::from_parts(parts, body.into_body())
}

fn bare(status: StatusCode) -> Problem {
    let (code, title) = if status.is_server_error() {
        (
            ProblemCode::Internal,
            "Something took too long or went wrong on our side. Try again.",
        )
    } else {
        (ProblemCode::Invalid, "The request cannot be meant so.")
    };
    let kind = "about:blank".to_owned();
    Problem {
        kind,
        status: status.as_u16(),
        title: title.to_owned(),
        code,
        request_id: None,
    }
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
pub(super) fn after_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words");
    AppError::internal(format!("a handler panicked: {text}")).into_response()
}

macro_rules! rejections {
    ($($rejection:ty),*) => {$(
        impl From<$rejection> for AppError {
            fn from(rejection: $rejection) -> Self {
                match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        pythonide_link::Refusal::new(RefusalKind::TooLarge, "The request is too large.").into()
                    }
                    _ => Self::Invalid(rejection.body_text()),
                }
            }
        }
    )*};
}

rejections!(JsonRejection, PathRejection, QueryRejection);

/// `axum::Json` whose refusals are problems.
#[derive(Debug, axum::extract::FromRequest)]
#[from_request(via(Json), rejection(AppError))]
pub(crate) struct Body<T>(pub(crate) T);

/// `axum::extract::Path` whose refusals are problems.
#[derive(Debug, axum::extract::FromRequestParts)]
#[from_request(via(Path), rejection(AppError))]
pub(crate) struct InPath<T>(pub(crate) T);

/// `axum::extract::Query` whose refusals are problems.
#[derive(Debug, axum::extract::FromRequestParts)]
#[from_request(via(Query), rejection(AppError))]
pub(crate) struct InQuery<T>(pub(crate) T);
