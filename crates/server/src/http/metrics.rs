//! How the server and the hosts are doing, as Prometheus reads it: on a listener of its own, never on the
//! one for browsers.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::join_all;
use pythonide_link::{
    HostClient,
    wire::{Metric, MetricsRequest},
};
use tokio::time::timeout;

use crate::state::App;

/// A scrape must be over within ten seconds, and a host answers this in no time.
const HOST_ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the server counts about itself.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Answers by the first digit of their status, from 1.
    answers: [AtomicU64; 5],
    recorded: AtomicU64,
}

impl Counters {
    pub(crate) fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100);
        if let Some(count) = class
            .checked_sub(1)
            .and_then(|class| self.answers.get(class))
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn run_recorded(&self, count: u64) {
        self.recorded.fetch_add(count, Ordering::Relaxed);
    }
}

/// What the listener for Prometheus answers.
pub(crate) fn router(app: App) -> Router {
    Router::new().route("/metrics", get(read)).with_state(app)
}

async fn read(State(app): State<App>) -> Response {
    let ask = async |(address, mut host): (String, HostClient)| {
        let answer = timeout(HOST_ANSWERS_WITHIN, host.read_metrics(MetricsRequest {})).await;
        let answer = answer.ok().and_then(Result::ok);
        (address, answer.map(|answer| answer.into_inner().metrics))
    };
    let live = join_all(app.hosts.live().into_iter().map(ask)).await;
    let mut silent = app.hosts.silent();
    if live.is_empty() {
        // Nobody has answered or failed to yet.
        silent.extend(app.hosts.told_of().iter().map(ToString::to_string));
    }
    let silent = silent.into_iter().map(|address| (address, None));
    let hosts: BTreeMap<_, _> = silent.chain(live).collect();
    let mut metrics = own(&app);
    for (address, answer) in hosts {
        let label = format!("host=\"{}\"", address.replace(['\\', '"'], "_"));
        metrics.push(metric(
            "pythonide_host_up",
            "Whether the host answers.",
            false,
            &label,
            u64::from(answer.is_some()),
        ));
        for mut metric in answer.into_iter().flatten() {
            let others = if metric.labels.is_empty() { "" } else { "," };
            metric.labels = format!("{label}{others}{}", metric.labels);
            metrics.push(metric);
        }
    }
    ([(header::CONTENT_TYPE, TEXT)], text(&metrics)).into_response()
}

fn own(app: &App) -> Vec<Metric> {
    let version = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");
    let sockets = app.sockets.taken() as u64;
    let recorded = app.counters.recorded.load(Ordering::Relaxed);
    let mut metrics = vec![
        metric(
            "pythonide_server_info",
            "The server's version.",
            false,
            version,
            1,
        ),
        metric(
            "pythonide_server_sockets",
            "Open sockets of pages.",
            false,
            "",
            sockets,
        ),
        metric(
            "pythonide_server_run_records_total",
            "Runs put into the database.",
            true,
            "",
            recorded,
        ),
    ];
    for (class, count) in (1..).zip(&app.counters.answers) {
        metrics.push(metric(
            "pythonide_server_http_answers_total",
            "Answers to browsers, by the class of their status.",
            true,
            &format!("status=\"{class}xx\""),
            count.load(Ordering::Relaxed),
        ));
    }
    metrics
}

fn metric(name: &str, help: &str, is_counter: bool, labels: &str, value: u64) -> Metric {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    Metric {
        name: name.to_owned(),
        help: help.to_owned(),
        is_counter,
        labels: labels.to_owned(),
        value: value as f64,
    }
}

/// The text format: all values of a name together, under what it means. What would break the lines of
/// others is left out.
fn text(metrics: &[Metric]) -> String {
    let mut names: Vec<&Metric> = Vec::new();
    for metric in metrics.iter().filter(|metric| is_sound(metric)) {
        if !names.iter().any(|other| other.name == metric.name) {
            names.push(metric);
        }
    }
    let mut text = String::new();
    for first in names {
        let name = &first.name;
        let kind = if first.is_counter { "counter" } else { "gauge" };
        let help = first.help.replace('\\', r"\\").replace('\n', r"\n");
        // Writing into a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for metric in metrics
            .iter()
            .filter(|metric| metric.name == *name && is_sound(metric))
        {
            let labels = match metric.labels.as_str() {
                "" => String::new(),
                labels => format!("{{{labels}}}"),
            };
            let _ = writeln!(text, "{name}{labels} {}", number(metric.value));
        }
    }
    text
}

fn is_sound(metric: &Metric) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    let name = metric.name.as_bytes();
    name.first().is_some_and(|first| is_letter(*first))
        && name
            .iter()
            .all(|byte| is_letter(*byte) || byte.is_ascii_digit())
        && !metric.labels.contains(['\n', '\r', '{', '}'])
}

fn number(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        // `NaN` is written so by both.
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, extract::Request};
    use tower::ServiceExt;

    use super::*;
    use crate::testing::{TestApp, test_app};

    #[test]
    fn values_of_a_name_stand_together_and_nothing_breaks_the_lines_of_others() {
        let parked = |kind: &str, value| Metric {
            value,
            ..metric(
                "zygote_parked",
                "Children that\nwait.",
                false,
                &format!("kind=\"{kind}\""),
                0,
            )
        };
        let metrics = [
            parked("light", 3.0),
            metric("lost_total", "Keepers.", true, "", 1 << 33),
            parked("full", f64::INFINITY),
            parked("x\"} 1\nevil 1\n{\"", 0.0),
            metric("2_bad", "", false, "", 0),
            metric("", "", false, "", 0),
            metric("bad name", "", false, "", 0),
        ];
        assert_eq!(
            text(&metrics),
            "# HELP zygote_parked Children that\\nwait.\n\
             # TYPE zygote_parked gauge\n\
             zygote_parked{kind=\"light\"} 3\n\
             zygote_parked{kind=\"full\"} +Inf\n\
             # HELP lost_total Keepers.\n\
             # TYPE lost_total counter\n\
             lost_total 8589934592\n"
        );
    }

    #[tokio::test]
    async fn without_a_host_the_server_still_tells_of_itself() {
        let TestApp { app, ada, .. } = test_app().await;
        app.counters.answered(StatusCode::NOT_FOUND);
        let _place = app.sockets.take(ada.id, 1).unwrap();
        let request = Request::get("/metrics").body(axum::body::Body::empty());
        let answer = router(app).oneshot(request.unwrap()).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], TEXT);
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        let is_told = text.lines().any(|line| {
            line.starts_with("pythonide_host_up{host=\"unix:/") && line.ends_with("\"} 0")
        });
        assert!(is_told, "{text}");
        for line in [
            "pythonide_server_sockets 1",
            "pythonide_server_http_answers_total{status=\"4xx\"} 1",
            "pythonide_server_http_answers_total{status=\"5xx\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
}
