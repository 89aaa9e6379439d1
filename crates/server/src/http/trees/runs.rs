//! Runs of a home's owner: those that are over, and the figures that they have shown.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use pythonide_link::wire;
use pythonide_protocol::{
    http::{RunRecordList, RunRecordView},
    problem::Problem,
};
use pythonide_store::runs::Run;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    app::{AppError, runs},
    http::{
        actors::ReadableTree,
        problem::{InPath, InQuery},
    },
    state::App,
};

/// A figure is a student's file: opened by itself it is no page of ours and runs no script. matplotlib
/// writes its styles into the SVG.
const FIGURE_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
/// A run's figures never change, and are nobody else's.
const FIGURE_CACHING: &str = "private, max-age=31536000, immutable";

#[derive(Debug, Deserialize, IntoParams)]
pub(in crate::http) struct After {
    /// The `next` of the page before.
    after: Option<Uuid>,
}

/// A page of the runs that are over, the newest first.
#[utoipa::path(get, path = "/api/trees/{tree}/runs", params(("tree" = String, Path), After), responses(
    (status = 200, body = RunRecordList), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn list_runs(
    tree: ReadableTree,
    State(app): State<App>,
    InQuery(After { after }): InQuery<After>,
) -> Result<Json<RunRecordList>, AppError> {
    let (runs, has_more) = runs::page(&app, tree.open(), after).await?;
    let next = runs.last().filter(|_| has_more).map(|last| last.id);
    Ok(Json(RunRecordList {
        runs: runs.into_iter().map(run_view).collect(),
        next,
    }))
}

/// Which figure; the tree is `ReadableTree`'s to look at.
#[derive(Debug, Deserialize)]
pub(in crate::http) struct OfRun {
    run: Uuid,
    plot: u32,
}

/// A figure that a run has shown, for as long as the run's output is kept.
#[utoipa::path(get, path = "/api/trees/{tree}/runs/{run}/plots/{plot}",
    params(("tree" = String, Path), ("run" = Uuid, Path), ("plot" = u32, Path)), responses(
    (status = 200, content_type = "image/svg+xml"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(in crate::http) async fn get_plot(
    tree: ReadableTree,
    State(app): State<App>,
    InPath(OfRun { run, plot }): InPath<OfRun>,
) -> Result<Response, AppError> {
    let request = wire::PlotRequest {
        owner: Some(tree.owner()),
        run: run.to_string(),
        plot,
    };
    let wire::Plot { media_type, bytes } = app
        .hosts
        .ask(&app.db, request, async |mut host, request| {
            host.read_plot(request).await
        })
        .await?;
    figure(plot, &media_type, bytes)
}

/// The answer that carries a figure; of any other type than the two it is refused, whatever the host says.
fn figure(plot: u32, media_type: &str, bytes: Bytes) -> Result<Response, AppError> {
    let (media_type, ending) = match media_type {
        "image/svg+xml" => ("image/svg+xml", "svg"),
        "image/png" => ("image/png", "png"),
        other => {
            return Err(AppError::internal(format!(
                "the host has a figure of the type {other:?}"
            )));
        }
    };
    // People count from one.
    let name = format!(
        "inline; filename=\"figure-{}.{ending}\"",
        u64::from(plot) + 1
    );
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (header, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, FIGURE_POLICY),
        (header::CACHE_CONTROL, FIGURE_CACHING),
    ] {
        headers.insert(header, HeaderValue::from_static(value));
    }
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::try_from(name).map_err(AppError::internal)?,
    );
    Ok(response)
}

fn run_view(run: Run) -> RunRecordView {
    let Run {
        id,
        path,
        started_at,
        ended_at,
        cause,
        exit_code,
        signal,
        line,
        wall_ms,
        cpu_ms,
        peak_memory_bytes,
        output_bytes,
    } = run;
    RunRecordView {
        id,
        path,
        started_at,
        ended_at,
        cause,
        // They were put in as such.
        exit_code: exit_code.and_then(|code| code.try_into().ok()),
        signal,
        line: line.and_then(|line| line.try_into().ok()),
        wall_ms: wall_ms.unsigned_abs(),
        cpu_ms: cpu_ms.unsigned_abs(),
        peak_memory_bytes: peak_memory_bytes.unsigned_abs(),
        output_bytes: output_bytes.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_figure_is_shown_as_a_picture_and_never_as_a_page() {
        for (media_type, name) in [
            ("image/svg+xml", "inline; filename=\"figure-1.svg\""),
            ("image/png", "inline; filename=\"figure-1.png\""),
        ] {
            let response = figure(0, media_type, Bytes::from_static(b"<svg/>")).unwrap();
            let header = |name| response.headers()[name].to_str().unwrap();
            assert_eq!(header(header::CONTENT_TYPE), media_type);
            assert_eq!(header(header::CONTENT_DISPOSITION), name);
            assert_eq!(header(header::CONTENT_SECURITY_POLICY), FIGURE_POLICY);
            assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        }
    }

    #[test]
    fn a_figure_of_any_other_type_is_refused() {
        for media_type in ["", "text/html", "image/svg+xml; charset=x", "IMAGE/PNG"] {
            let refused = figure(0, media_type, Bytes::new()).unwrap_err();
            let status = refused.into_response().status();
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{media_type}");
        }
    }
}
