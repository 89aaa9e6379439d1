//! The front end, from within the binary: compressed ahead of time, named by content, kept for a year.

use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::app::AppError;

#[derive(RustEmbed)]
// In debug builds too: the server has no files at run time.
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Assets;

/// Which front end this is, as its page knows it too; empty where there is none in this binary.
pub(crate) fn build() -> String {
    Assets::get("build.txt")
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default()
}

/// A file of the front end; the page itself for every path that is not one.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return AppError::NotFound("page").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let is_file = !path.is_empty() && Assets::get(path).is_some();
    // A file that was there in another version must not be answered by the page.
    if !is_file && path.starts_with("assets/") {
        return AppError::NotFound("file").into_response();
    }
    let path = if is_file { path } else { "index.html" };
    let accepts = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let encodings = [("br", ".br"), ("gzip", ".gz")];
    let compressed = encodings
        .iter()
        .filter(|(name, _)| accepts.contains(name))
        .find_map(|(name, suffix)| Some((Assets::get(&format!("{path}{suffix}"))?, Some(*name))));
    let Some((file, encoding)) = compressed.or_else(|| Some((Assets::get(path)?, None))) else {
        let hint = "The front end is not in this binary: build it with `cargo xtask build`.";
        return (StatusCode::NOT_FOUND, hint).into_response();
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, kind.as_ref())
        .header(header::CACHE_CONTROL, caching)
        .header(header::VARY, "Accept-Encoding");
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    response
        .body(Body::from(file.data.into_owned()))
        .unwrap_or_else(|error| AppError::internal(error).into_response())
}
