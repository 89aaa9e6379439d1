//! Where one is signed in, and the password.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use pythonide_domain::User;
use pythonide_store::{
    audit,
    sessions::{self, NewSession},
    users,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask;
use crate::{
    app::passwords,
    testing::{TestApp, test_app},
};

const PASSWORD: &str = "correct horse 7";

async fn give_password(test: &TestApp, user: &User) {
    let hash = passwords::hash(&SecretString::from(PASSWORD)).unwrap();
    let mut tx = test.app.db.begin().await.unwrap();
    users::set_password_hash(&mut tx, user.id, &hash, test.app.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn listed(test: &TestApp, cookie: &str) -> Vec<Value> {
    let (status, body) = ask(test, Method::GET, "/api/sessions", cookie, None).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["is_truncated"], false);
    body["sessions"].as_array().unwrap().clone()
}

async fn is_signed_in(test: &TestApp, cookie: &str) -> bool {
    let (status, _) = ask(test, Method::GET, "/api/session", cookie, None).await;
    status == StatusCode::OK
}

async fn sign_in(test: &TestApp, password: &str) -> StatusCode {
    let body = json!({ "username": "ada", "password": password });
    ask(test, Method::POST, "/api/session", "", Some(body))
        .await
        .0
}

async fn change(test: &TestApp, cookie: &str, current: &str, new: &str) -> (StatusCode, Value) {
    let body = json!({ "current": current, "new": new });
    ask(test, Method::PUT, "/api/password", cookie, Some(body)).await
}

/// What was done, the newest first.
async fn noted(test: &TestApp) -> Vec<(String, String, String)> {
    let entries = audit::latest(&test.app.db, None, 9).await.unwrap();
    let noted = entries.into_iter().map(|entry| {
        assert_eq!(entry.actor, Some(test.ada.id));
        (entry.action, entry.subject, entry.detail)
    });
    noted.collect()
}

fn entry(action: &str, detail: &str) -> (String, String, String) {
    (action.to_owned(), "ada".to_owned(), detail.to_owned())
}

#[tokio::test]
async fn a_user_sees_the_own_sessions_and_which_one_this_is() {
    let test = test_app().await;
    let (first, second) = (test.cookie(&test.ada).await, test.cookie(&test.ada).await);
    test.cookie(&test.noor).await;
    let now = test.app.clock.now();
    let new = NewSession {
        token_hash: [7; 32].into(),
        user: test.ada.id,
        created_at: now - TimeDelta::hours(2),
        expires_at: now + TimeDelta::hours(1),
        ends_at: now + TimeDelta::hours(1),
        user_agent: Some("Firefox".to_owned()),
        address: Some("192.0.2.7".to_owned()),
    };
    let mut tx = test.app.db.begin().await.unwrap();
    let old = sessions::insert(&mut tx, new).await.unwrap();
    let ended = NewSession {
        token_hash: [8; 32].into(),
        user: test.ada.id,
        created_at: now - TimeDelta::hours(9),
        expires_at: now - TimeDelta::hours(1),
        ends_at: now + TimeDelta::hours(1),
        user_agent: None,
        address: None,
    };
    sessions::insert(&mut tx, ended).await.unwrap();
    tx.commit().await.unwrap();

    for cookie in [&first, &second] {
        let found = listed(&test, cookie).await;
        let current: Vec<_> = found.iter().map(|one| &one["is_current"]).collect();
        assert_eq!(current, [true, false, false], "the own one is the first");
        assert_eq!(
            found[2],
            json!({
                "id": old.id.uuid(), "signed_in_at": old.created_at, "last_used_at": old.created_at,
                "user_agent": "Firefox", "address": "192.0.2.7", "is_current": false
            })
        );
    }
}

#[tokio::test]
async fn one_session_is_ended_and_nobody_elses_can_be() {
    let test = test_app().await;
    let (first, second) = (test.cookie(&test.ada).await, test.cookie(&test.ada).await);
    let noors = test.cookie(&test.noor).await;
    let path = |session: &Value| format!("/api/sessions/{}", session["id"].as_str().unwrap());
    let noors_path = path(&listed(&test, &noors).await[0]);
    let nowhere = format!("/api/sessions/{}", Uuid::now_v7());
    for path in [&noors_path, &nowhere, "/api/sessions/x"] {
        let (status, _) = ask(&test, Method::DELETE, path, &first, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(is_signed_in(&test, &noors).await);

    let other = path(&listed(&test, &first).await[1]);
    for expected in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let (status, _) = ask(&test, Method::DELETE, &other, &first, None).await;
        assert_eq!(status, expected);
    }
    assert!(is_signed_in(&test, &first).await);
    assert!(!is_signed_in(&test, &second).await);
    assert_eq!(
        noted(&test).await,
        [entry("session.ended", "from another session")]
    );
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let test = test_app().await;
    let own = test.cookie(&test.ada).await;
    let others = [test.cookie(&test.ada).await, test.cookie(&test.ada).await];
    let noors = test.cookie(&test.noor).await;
    for count in [2, 0] {
        let ended = ask(&test, Method::DELETE, "/api/sessions", &own, None).await;
        assert_eq!(ended, (StatusCode::OK, json!({ "count": count })));
    }
    for other in &others {
        assert!(!is_signed_in(&test, other).await);
    }
    assert!(is_signed_in(&test, &own).await && is_signed_in(&test, &noors).await);
    assert_eq!(
        noted(&test).await,
        [entry("session.ended", "all others, 2")]
    );
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_old_and_ends_all_other_sessions() {
    let test = test_app().await;
    give_password(&test, &test.ada).await;
    let (own, other) = (test.cookie(&test.ada).await, test.cookie(&test.ada).await);
    let changed = change(&test, &own, PASSWORD, "battery staple").await;
    assert_eq!(changed, (StatusCode::OK, json!({ "count": 1 })));
    assert!(is_signed_in(&test, &own).await);
    assert!(!is_signed_in(&test, &other).await);
    assert_eq!(sign_in(&test, PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&test, "battery staple").await, StatusCode::OK);
    assert_eq!(
        noted(&test).await,
        [entry("user.password_changed", "other sessions ended: 1")]
    );
}

#[tokio::test]
async fn a_new_password_makes_the_own_session_neither_shorter_nor_longer() {
    let test = test_app().await;
    give_password(&test, &test.ada).await;
    let now = test.app.clock.now();
    let (token, token_hash) = test.app.tokens.make();
    let new = NewSession {
        token_hash,
        user: test.ada.id,
        created_at: now - TimeDelta::days(2),
        expires_at: now + TimeDelta::minutes(5),
        ends_at: now + TimeDelta::hours(1),
        user_agent: None,
        address: None,
    };
    let mut tx = test.app.db.begin().await.unwrap();
    let own = sessions::insert(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    let cookie = format!("pythonide={token}");
    let (status, _) = change(&test, &cookie, PASSWORD, "battery staple").await;
    assert_eq!(status, StatusCode::OK);
    let hash = test.app.tokens.hashes(&token).next().unwrap();
    let found = sessions::find(&test.app.db, &hash, now).await;
    let (found, _) = found.unwrap().expect("it is there");
    // The use slides it, as any does, and never past its end; the cookie lasts as long as that from the beginning.
    assert_eq!(
        (found.id, found.expires_at, found.ends_at),
        (own.id, own.ends_at, own.ends_at)
    );
    assert!(is_signed_in(&test, &cookie).await);
}

#[tokio::test]
async fn a_password_that_breaks_the_rule_or_comes_from_a_stranger_changes_nothing() {
    let test = test_app().await;
    give_password(&test, &test.ada).await;
    let (own, other) = (test.cookie(&test.ada).await, test.cookie(&test.ada).await);
    let long = "x".repeat(1025);
    for (current, new, status, code) in [
        ("not it", "battery staple", 403, "wrong_credentials"),
        (&long, "battery staple", 403, "wrong_credentials"),
        (PASSWORD, "short", 422, "invalid"),
        (PASSWORD, &long, 422, "invalid"),
    ] {
        let (found, problem) = change(&test, &own, current, new).await;
        assert_eq!(found.as_u16(), status, "{problem}");
        assert_eq!(problem["code"], code);
    }
    // Somebody without a password, and nobody.
    let noors = test.cookie(&test.noor).await;
    let (status, _) = change(&test, &noors, "", "battery staple").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = change(&test, "", PASSWORD, "battery staple").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(is_signed_in(&test, &other).await);
    assert_eq!(sign_in(&test, PASSWORD).await, StatusCode::OK);
    assert_eq!(noted(&test).await, []);
}

#[tokio::test]
async fn whoever_finds_an_open_page_cannot_guess_the_password() {
    let test = test_app().await;
    give_password(&test, &test.ada).await;
    let own = test.cookie(&test.ada).await;
    for _ in 0..10 {
        let (status, _) = change(&test, &own, "a guess", "battery staple").await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, problem) = change(&test, &own, PASSWORD, "battery staple").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{problem}");
    assert_eq!(
        sign_in(&test, PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn nobody_sees_or_ends_sessions_without_one() {
    let test = test_app().await;
    let path = format!("/api/sessions/{}", Uuid::now_v7());
    for (method, path) in [
        (Method::GET, "/api/sessions"),
        (Method::DELETE, "/api/sessions"),
        (Method::DELETE, &path),
    ] {
        let (status, _) = ask(&test, method, path, "", None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
