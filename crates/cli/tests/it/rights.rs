//! Every endpoint, tried by everybody who should not get in.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{browser::Browser, product::Product};

/// Method, path and body of a request to each endpoint that is about ada's files or class.
fn requests(class: &str) -> Vec<(Method, &'static str, String, Option<Value>)> {
    let tree = |route: &str| format!("/api/trees/home:ada/{route}");
    vec![
        (
            Method::GET,
            "/api/classes/{class}/students",
            format!("/api/classes/{class}/students"),
            None,
        ),
        (
            Method::GET,
            "/api/trees/{tree}/folder",
            tree("folder"),
            None,
        ),
        (
            Method::POST,
            "/api/trees/{tree}/folders",
            tree("folders"),
            Some(json!({ "path": "x" })),
        ),
        (
            Method::GET,
            "/api/trees/{tree}/text",
            tree("text?path=main.py"),
            None,
        ),
        (
            Method::PUT,
            "/api/trees/{tree}/text",
            tree("text?path=new.py"),
            Some(json!({ "text": "x" })),
        ),
        (
            Method::GET,
            "/api/trees/{tree}/content",
            tree("content?path=main.py"),
            None,
        ),
        (
            Method::PUT,
            "/api/trees/{tree}/content",
            tree("content?path=new.bin"),
            Some(json!("x")),
        ),
        (
            Method::POST,
            "/api/trees/{tree}/moves",
            tree("moves"),
            Some(json!({ "from": "main.py", "to": "b.py" })),
        ),
        (
            Method::POST,
            "/api/trees/{tree}/deletions",
            tree("deletions"),
            Some(json!({ "path": "main.py" })),
        ),
        (
            Method::POST,
            "/api/trees/{tree}/restorations",
            tree("restorations"),
            Some(json!({ "trash_id": "01900000-0000-7000-8000-000000000000" })),
        ),
    ]
}

/// Endpoints that anybody may call, about nothing but themselves.
const OPEN: [&str; 2] = ["/api/site", "/api/session"];

async fn status(who: &Browser, method: &Method, path: &str, body: Option<&Value>) -> u16 {
    let mut request = who.request(method.clone(), path);
    if let Some(body) = body {
        request = request.json(body);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn nobody_reaches_what_is_not_theirs() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("main.py", "1").await;
    let session: Value = ada.get("/api/session").await.json().await.unwrap();
    let class = session["classes"][0]["id"].as_str().unwrap();

    let stranger = Browser::stranger(&product.url);
    let ben = product.sign_in("ben").await;
    let noor = product.sign_in("noor").await;
    let otto = product.sign_in("otto").await;
    let root = product.sign_in("root").await;
    for (method, _, path, body) in requests(class) {
        let is_reading = method == Method::GET;
        let is_class = path.contains("classes");
        for (who, name, expected) in [
            (&stranger, "a stranger", 401),
            (&ben, "a classmate", if is_class { 403 } else { 404 }),
            (&otto, "a professor of another class", 404),
            (&noor, "the professor", if is_reading { 200 } else { 403 }),
            (
                &root,
                "the administrator",
                if is_reading { 200 } else { 403 },
            ),
        ] {
            assert_eq!(
                status(who, &method, &path, body.as_ref()).await,
                expected,
                "{name}: {method} {path}"
            );
        }
    }
    assert_eq!(ada.read("main.py").await.unwrap().text, "1");
    assert_eq!(ada.names("").await, ["main.py"]);
}

#[tokio::test]
async fn the_test_above_knows_every_endpoint() {
    let product = Product::start();
    let document: Value = Browser::stranger(&product.url)
        .get("/api/openapi.json")
        .await
        .json()
        .await
        .unwrap();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if !OPEN.contains(&path.as_str()) {
                documented.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let tried = requests("")
        .iter()
        .map(|(method, path, _, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(documented, tried);
}

#[tokio::test]
async fn a_strangers_run_cannot_be_read_typed_into_or_stopped() {
    use crate::browser::Heard;
    use pythonide_protocol::socket::{FromBrowser, FromServer};
    let product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("ask.py", "print('secret', input('? '))\n")
        .await;
    console.wait_for("? ").await;
    let run = console.run;
    for who in ["ben", "noor"] {
        let mut socket = product.sign_in(who).await.socket().await;
        for message in [
            FromBrowser::Attach {
                stream: 1,
                run,
                from: 0,
            },
            FromBrowser::Input {
                run,
                data: "typed by a stranger\n".to_owned(),
            },
            FromBrowser::Resize {
                run,
                columns: 1,
                rows: 1,
            },
            FromBrowser::Stop { run },
        ] {
            socket.send(message).await;
            loop {
                match socket.next().await {
                    Heard::Message(FromServer::Problem { problem, .. }) => {
                        assert_eq!(problem.status, 404);
                        break;
                    }
                    Heard::Message(FromServer::Program { run: None }) => {}
                    other => panic!("{who}: {other:?}"),
                }
            }
        }
    }
    console.type_in("mine\n").await;
    console.wait_for("secret mine").await;
}
