//! Signing in, staying signed in, and being told apart.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{
    browser::{Browser, Heard},
    product::{PASSWORD, Product, pythonide},
};

async fn try_to_sign_in(product: &Product, username: &str, password: &str) -> (StatusCode, String) {
    let body = json!({ "username": username, "password": password });
    let stranger = Browser::stranger(&product.url);
    let response = stranger
        .request(Method::POST, "/api/session")
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body: serde_json::Value = response.json().await.unwrap();
    (
        status,
        body["title"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let product = Product::start();
    let wrong_password = try_to_sign_in(&product, "ada", "wrong").await;
    assert_eq!(
        wrong_password,
        (
            StatusCode::UNAUTHORIZED,
            "The username or the password is wrong.".to_owned()
        )
    );
    for username in ["nobody", "", "../ada", "ada\0", &"a".repeat(60_000)] {
        assert_eq!(
            try_to_sign_in(&product, username, PASSWORD).await,
            wrong_password,
            "{username:.20}"
        );
    }
    assert_eq!(
        try_to_sign_in(&product, " ADA ", PASSWORD).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_for_that_account_only() {
    let product = Product::start();
    for _ in 0..10 {
        try_to_sign_in(&product, "ada", "wrong").await;
    }
    let (status, sentence) = try_to_sign_in(&product, "ada", PASSWORD).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        sentence.starts_with("Too many attempts. Try again in"),
        "{sentence}"
    );
    assert_eq!(
        try_to_sign_in(&product, "ben", PASSWORD).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_session_lasts_over_a_restart_and_ends_with_signing_out() {
    let mut product = Product::start();
    let ada = product.sign_in("ada").await;
    product.restart();
    let ada = ada.at(&product.url);
    let view: serde_json::Value = ada.get("/api/session").await.json().await.unwrap();
    assert_eq!(
        view["user"],
        json!({ "username": "ada", "full_name": "ada", "role": "student" })
    );
    assert_eq!(view["classes"][0]["name"], "CS 101");
    let signed_out = ada
        .request(Method::DELETE, "/api/session")
        .send()
        .await
        .unwrap();
    assert_eq!(signed_out.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        ada.get("/api/session").await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let output = pythonide(
        product.data(),
        &["users", "reset-password", "ada", "--json"],
    );
    let output: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        ada.get("/api/session").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        try_to_sign_in(&product, "ada", PASSWORD).await.0,
        StatusCode::UNAUTHORIZED
    );
    Browser::sign_in(&product.url, "ada", output["password"].as_str().unwrap()).await;
}

#[tokio::test]
async fn somebody_who_is_kept_out_is_out_at_once_and_may_come_back() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut page = ada.socket().await;
    for said in [
        "ada may no longer sign in, and is signed out everywhere.",
        "ada could not sign in before either.",
    ] {
        let output = pythonide(product.data(), &["users", "deactivate", "ada"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), said);
    }
    let closed = async {
        loop {
            if let Heard::Closed(code) = page.next().await {
                return code;
            }
        }
    };
    // Without an event it would take a minute.
    let closed = tokio::time::timeout(pythonide_testkit::PATIENCE, closed).await;
    assert_eq!(closed.unwrap(), Some(4001));
    let (status, _) = try_to_sign_in(&product, "ada", PASSWORD).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let output = pythonide(product.data(), &["users", "activate", "ada", "--json"]);
    let output: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({ "username": "ada", "is_active": true, "is_changed": true });
    assert_eq!(output, expected);
    assert_eq!(
        ada.get("/api/session").await.status(),
        StatusCode::UNAUTHORIZED,
        "what ended stays ended"
    );
    let (status, _) = try_to_sign_in(&product, "ada", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let product = Product::start();
    let body = json!({ "username": "ada", "password": PASSWORD });
    let stranger = Browser::stranger(&product.url);
    let response = stranger
        .request(Method::POST, "/api/session")
        .json(&body)
        .send()
        .await
        .unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_can_do_nothing() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let body = json!({ "path": "made-elsewhere" });
        let request = ada
            .request(Method::POST, &ada.home("folders"))
            .header(header, value)
            .json(&body);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN
        );
        let upgrade = ada
            .request(Method::GET, "/api/socket")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
            .header(header, value);
        assert_eq!(
            upgrade.send().await.unwrap().status(),
            StatusCode::FORBIDDEN
        );
    }
    assert!(ada.names("").await.is_empty());
}

#[tokio::test]
async fn a_socket_speaks_only_this_protocol() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for (message, closed) in [
        ("{", Some(1002)),
        (r#"{"type":"unheard of"}"#, Some(1002)),
        (r#"{"type":"hello","protocol":1,"more":2}"#, Some(1002)),
    ] {
        let mut socket = ada.socket().await;
        socket.send_text(message).await;
        let heard = loop {
            match socket.next().await {
                Heard::Closed(code) => break code,
                Heard::Message(_) | Heard::Output { .. } => {}
            }
        };
        assert_eq!(heard, closed, "{message}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let product = Product::start();
    for path in [
        "/",
        "/api/session",
        "/health",
        "/api/unknown",
        "/assets/unknown.js",
    ] {
        let response = Browser::stranger(&product.url).get(path).await;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert!(
            header("content-security-policy")
                .unwrap()
                .contains("script-src 'self'"),
            "{path}"
        );
        assert_eq!(
            header("x-content-type-options").as_deref(),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            header("referrer-policy").as_deref(),
            Some("no-referrer"),
            "{path}"
        );
    }
}
