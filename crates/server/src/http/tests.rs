//! Routes, through the router, over a database of their own.

mod sessions;

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta};
use pythonide_domain::{ClassId, Role};
use pythonide_protocol::http::{RunRecordList, RunRecordView};
use pythonide_store::{audit, runs};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    app,
    http::router,
    testing::{TestApp, test_app},
};

async fn ask(
    test: &TestApp,
    method: Method,
    path: &str,
    cookie: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))))
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    let answer = router(test.app.clone()).oneshot(request.unwrap()).await;
    let answer = answer.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn record(test: &TestApp, minute: i64) -> Uuid {
    let started_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
    let run = runs::Run {
        id: Uuid::now_v7(),
        path: "dice.py".to_owned(),
        started_at,
        ended_at: started_at + TimeDelta::milliseconds(2500),
        cause: "error".to_owned(),
        exit_code: Some(1),
        signal: None,
        line: Some(3),
        wall_ms: 2500,
        cpu_ms: 40,
        peak_memory_bytes: 1 << 33,
        output_bytes: 7,
    };
    let mut tx = test.app.db.begin().await.unwrap();
    assert!(
        runs::record(&mut tx, &test.ada.username, &run)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    run.id
}

#[tokio::test]
async fn runs_are_paged_to_their_owner_and_to_who_may_read_the_home() {
    let test = test_app().await;
    let mut ids = Vec::new();
    for minute in 0..105 {
        ids.insert(0, record(&test, minute).await);
    }
    let path = "/api/trees/home:ada/runs";
    let root = test.user("root", Role::Admin, None).await;
    for reader in [&test.ada, &test.noor, &root] {
        let cookie = test.cookie(reader).await;
        let (_, first) = ask(&test, Method::GET, path, &cookie, None).await;
        let first: RunRecordList = serde_json::from_value(first).unwrap();
        let next = format!("{path}?after={}", first.next.unwrap());
        let (_, rest) = ask(&test, Method::GET, &next, &cookie, None).await;
        assert_eq!(rest.get("next"), None, "absent on the last page");
        let rest: RunRecordList = serde_json::from_value(rest).unwrap();
        let found: Vec<_> = [&first.runs[..], &rest.runs].concat();
        let found: Vec<_> = found.iter().map(|run: &RunRecordView| run.id).collect();
        assert_eq!((first.runs.len(), &found), (100, &ids));
    }
    let cookie = test.cookie(&test.ada).await;
    let (_, page) = ask(&test, Method::GET, path, &cookie, None).await;
    assert_eq!(
        page["runs"][104 - 4],
        Value::Null,
        "at most a hundred on a page"
    );
    assert_eq!(
        page["runs"][0],
        json!({
            "id": ids[0], "path": "dice.py", "started_at": "1970-01-01T01:44:00Z",
            "ended_at": "1970-01-01T01:44:02.500Z", "cause": "error", "exit_code": 1, "signal": null, "line": 3,
            "wall_ms": 2500, "cpu_ms": 40, "peak_memory_bytes": 1_u64 << 33, "output_bytes": 7
        })
    );
    let shared = ask(&test, Method::GET, "/api/trees/shared/runs", &cookie, None).await;
    assert_eq!(shared, (StatusCode::OK, json!({ "runs": [] })));
    let (status, _) = ask(
        &test,
        Method::GET,
        &format!("{path}?after=x"),
        &cookie,
        None,
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn nobody_else_learns_of_runs_or_figures() {
    let test = test_app().await;
    let run = record(&test, 0).await;
    let class = Some(ClassId::DEFAULT);
    let ben = test.user("ben", Role::Student, class).await;
    let otto = test.user("otto", Role::Professor, None).await;
    for path in [
        "/api/trees/home:ada/runs".to_owned(),
        format!("/api/trees/home:ada/runs/{run}/plots/0"),
    ] {
        for (cookie, expected) in [
            (String::new(), StatusCode::UNAUTHORIZED),
            (test.cookie(&ben).await, StatusCode::NOT_FOUND),
            (test.cookie(&otto).await, StatusCode::NOT_FOUND),
        ] {
            let (status, _) = ask(&test, Method::GET, &path, &cookie, None).await;
            assert_eq!(status, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_figure_is_asked_of_the_host_by_those_who_may_read_the_home() {
    let test = test_app().await;
    let path = format!("/api/trees/home:ada/runs/{}/plots/0", Uuid::now_v7());
    for reader in [&test.ada, &test.noor] {
        let cookie = test.cookie(reader).await;
        let (status, problem) = ask(&test, Method::GET, &path, &cookie, None).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem["code"], "host_unavailable");
    }
}

#[tokio::test]
async fn a_teacher_switches_the_explanations_of_errors_off_and_it_is_noted() {
    let test = test_app().await;
    let path = format!("/api/classes/{}", test.class.id);
    let (ada, noor) = (test.cookie(&test.ada).await, test.cookie(&test.noor).await);
    let view = |hints| json!({ "id": test.class.id.uuid(), "name": "Class", "hints": hints });
    let found = ask(&test, Method::GET, &path, &noor, None).await;
    assert_eq!(found, (StatusCode::OK, view(true)));
    assert!(app::runs::hints_of(&test.app, test.ada.id).await);

    let off = || Some(json!({ "hints": false }));
    for _ in 0..2 {
        let changed = ask(&test, Method::PATCH, &path, &noor, off()).await;
        assert_eq!(changed, (StatusCode::OK, view(false)));
    }
    // What is not named stays.
    let changed = ask(&test, Method::PATCH, &path, &noor, Some(json!({}))).await;
    assert_eq!(changed, (StatusCode::OK, view(false)));
    assert!(!app::runs::hints_of(&test.app, test.ada.id).await);
    let entries = audit::latest(&test.app.db, None, 9).await.unwrap();
    let [entry] = &entries[..] else {
        panic!("a change is noted once: {entries:?}")
    };
    assert_eq!(entry.actor, Some(test.noor.id));
    assert_eq!(
        (&*entry.action, &*entry.subject, &*entry.detail),
        ("class.changed", "Class", "explanations of errors off")
    );

    let otto = test.user("otto", Role::Professor, None).await;
    for (cookie, expected) in [
        (String::new(), StatusCode::UNAUTHORIZED),
        (ada, StatusCode::FORBIDDEN),
        (test.cookie(&otto).await, StatusCode::NOT_FOUND),
    ] {
        for (method, body) in [
            (Method::GET, None),
            (Method::PATCH, Some(json!({ "hints": true }))),
        ] {
            let (status, _) = ask(&test, method, &path, &cookie, body).await;
            assert_eq!(status, expected);
        }
    }
    let wrong = Some(json!({ "hints": "no" }));
    let (status, _) = ask(&test, Method::PATCH, &path, &noor, wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn browsers_do_not_reach_the_metrics() {
    let test = test_app().await;
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = router(test.app.clone()).oneshot(request).await.unwrap();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("pythonide_host_up"));
}

#[tokio::test]
async fn a_body_that_is_larger_than_it_says_is_not_read_to_its_end() {
    let test = test_app().await;
    let cookie = test.cookie(&test.ada).await;
    let save_of = |bytes| Some(json!({ "text": "x".repeat(bytes) }));
    let path = "/api/trees/home:ada/text?path=a.py";
    for (bytes, expected) in [
        // As far as the host, which is away.
        (100, StatusCode::SERVICE_UNAVAILABLE),
        (200 << 10, StatusCode::SERVICE_UNAVAILABLE),
        ((2 << 20) + 1, StatusCode::PAYLOAD_TOO_LARGE),
        (13 << 20, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, _) = ask(&test, Method::PUT, path, &cookie, save_of(bytes)).await;
        assert_eq!(status, expected, "{bytes}");
    }
}

#[tokio::test]
async fn a_server_that_was_asked_to_stop_says_at_once_that_it_is_not_ready() {
    let test = test_app().await;
    // No host has been asked yet: a look would take its time.
    test.app.stopping.begin();
    let (status, body) = ask(&test, Method::GET, "/ready", "", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, json!({ "server": "stopping" }));
    let (status, _) = ask(&test, Method::GET, "/health", "", None).await;
    assert_eq!(status, StatusCode::OK);
}
