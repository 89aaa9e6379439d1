//! No page of another site may make a browser act here: the check of every unsafe method and of the
//! socket's upgrade.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::AppError, state::App};

pub(super) async fn check(State(_): State<App>, request: Request, next: Next) -> Response {
    let is_upgrade = request.headers().contains_key(header::UPGRADE);
    if (is_upgrade || !request.method().is_safe()) && !is_same_origin(request.headers()) {
        return AppError::CrossOrigin.into_response();
    }
    next.run(request).await
}

/// Whether the request is of one of our own pages, or of a program, which sends neither header and
/// has no browser's cookies to misuse.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if !matches!(text("sec-fetch-site"), None | Some("same-origin" | "none")) {
        return false;
    }
    match (text("origin"), text("host")) {
        (None, _) => true,
        // The scheme is not compared: behind a load balancer ours is not the browser's.
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_are_of_the_same_origin() {
        for (pairs, expected) in [
            (&[("host", "ide.example")][..], true),
            (
                &[("host", "ide.example"), ("origin", "https://ide.example")],
                true,
            ),
            (
                &[("host", "ide.example"), ("origin", "https://evil.example")],
                false,
            ),
            (
                &[
                    ("host", "ide.example"),
                    ("origin", "https://ide.example.evil.example"),
                ],
                false,
            ),
            (&[("host", "ide.example"), ("origin", "null")], false),
            (
                &[("host", "ide.example"), ("sec-fetch-site", "cross-site")],
                false,
            ),
            (
                &[("host", "ide.example"), ("sec-fetch-site", "same-site")],
                false,
            ),
            (
                &[("host", "ide.example"), ("sec-fetch-site", "same-origin")],
                true,
            ),
        ] {
            assert_eq!(is_same_origin(&headers(pairs)), expected, "{pairs:?}");
        }
    }
}
