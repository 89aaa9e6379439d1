//! What a student's page asks, and how it takes the answers: as the real one does, it tries again what may work later.

use std::time::Duration;

use pythonide_protocol::problem::{Problem, ProblemCode};
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

/// After that a request is given up and tried again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// What became of a request.
#[derive(Debug)]
pub(super) enum Answer<T> {
    Done(T),
    /// Try again, because of that.
    Later(String),
    Conflict,
    NotFound,
    DiskFull,
    SignedOut,
    /// Nobody should ever see that.
    Internal(String),
}

/// Asks once.
pub(super) async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    let response = match request.timeout(ANSWERED_WITHIN).send().await {
        Ok(response) => response,
        Err(error) => return Answer::Later(format!("{error:?}")),
    };
    let status = response.status();
    let body = match response.text().await {
        Ok(body) => body,
        Err(error) => return Answer::Later(format!("{error:?}")),
    };
    if status.is_success() {
        return serde_json::from_str(&body)
            .map_or_else(|error| Answer::Internal(error.to_string()), Answer::Done);
    }
    let problem: Option<Problem> = serde_json::from_str(&body).ok();
    let code = problem.map(|problem| problem.code);
    let told = format!("{status}: {body}");
    match (status, code) {
        (_, Some(ProblemCode::Conflict | ProblemCode::AlreadyExists)) => Answer::Conflict,
        (_, Some(ProblemCode::NotFound)) => Answer::NotFound,
        (_, Some(ProblemCode::DiskFull)) => Answer::DiskFull,
        (_, Some(ProblemCode::SignedOut)) => Answer::SignedOut,
        // The balancer's own answers have no code.
        (StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT, None)
        | (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => {
            Answer::Later(told)
        }
        _ => Answer::Internal(told),
    }
}
