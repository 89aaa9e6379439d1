//! Every endpoint, tried by everybody who should not get in.

use std::collections::BTreeSet;

use pythonide_protocol::socket::EndCause;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{browser::Browser, product::Product};

/// Who but ada herself may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Her professors and the administrators.
    Look,
    /// Nobody.
    Change,
    /// The class's professors and the administrators; not even ada.
    Teach,
    /// The owner, and whoever sees it, who gets this status.
    Restore(u16),
    /// Nobody, and nobody else may know that it is there.
    Own,
}

/// A request to an endpoint that is about ada's files, class or session.
struct Attempt {
    method: Method,
    endpoint: &'static str,
    path: String,
    body: Option<Value>,
    right: Right,
}

/// One for each endpoint. `run` is one of ada's that has shown a figure, `version` the only one of her `main.py`,
/// `own_session` the one with which she looks.
fn attempts(class: &str, run: &str, version: &str, own_session: &str) -> Vec<Attempt> {
    let of_tree = |method, endpoint: &'static str, rest: &str, body, right| Attempt {
        method,
        endpoint,
        path: format!("/api/trees/home:ada/{rest}"),
        body,
        right,
    };
    let look = |endpoint, rest: &str| of_tree(Method::GET, endpoint, rest, None, Right::Look);
    let change = |method, endpoint, rest: &str, body| {
        of_tree(method, endpoint, rest, Some(body), Right::Change)
    };
    let teach = |method, endpoint: &'static str, rest: &str, body| Attempt {
        method,
        endpoint,
        path: format!("/api/classes/{class}{rest}"),
        body,
        right: Right::Teach,
    };
    let (get, put, post, patch) = (Method::GET, Method::PUT, Method::POST, Method::PATCH);
    let end = Attempt {
        method: Method::DELETE,
        endpoint: "/api/sessions/{session}",
        path: format!("/api/sessions/{own_session}"),
        body: None,
        right: Right::Own,
    };
    vec![
        end,
        teach(get.clone(), "/api/classes/{class}", "", None),
        teach(
            patch,
            "/api/classes/{class}",
            "",
            Some(json!({ "hints": true })),
        ),
        teach(get, "/api/classes/{class}/students", "/students", None),
        look("/api/trees/{tree}/folder", "folder"),
        look("/api/trees/{tree}/text", "text?path=main.py"),
        look("/api/trees/{tree}/content", "content?path=main.py"),
        look("/api/trees/{tree}/runs", "runs"),
        look("/api/trees/{tree}/usage", "usage"),
        look("/api/trees/{tree}/trash", "trash"),
        look("/api/trees/{tree}/versions", "versions?path=main.py"),
        look(
            "/api/trees/{tree}/versions/{version}",
            &format!("versions/{version}?path=main.py"),
        ),
        look(
            "/api/trees/{tree}/runs/{run}/plots/{plot}",
            &format!("runs/{run}/plots/0"),
        ),
        change(
            post.clone(),
            "/api/trees/{tree}/folders",
            "folders",
            json!({ "path": "x" }),
        ),
        change(
            put.clone(),
            "/api/trees/{tree}/text",
            "text?path=new.py",
            json!({ "text": "x" }),
        ),
        change(
            put,
            "/api/trees/{tree}/content",
            "content?path=new.bin",
            json!("x"),
        ),
        change(
            post.clone(),
            "/api/trees/{tree}/moves",
            "moves",
            json!({ "from": "main.py", "to": "b.py" }),
        ),
        change(
            post.clone(),
            "/api/trees/{tree}/deletions",
            "deletions",
            json!({ "path": "main.py" }),
        ),
        // Nothing of that id is in the trash.
        of_tree(
            post.clone(),
            "/api/trees/{tree}/restorations",
            "restorations",
            Some(json!({ "trash_id": "01900000-0000-7000-8000-000000000000" })),
            Right::Restore(404),
        ),
        of_tree(
            post,
            "/api/trees/{tree}/reversions",
            "reversions",
            Some(json!({ "path": "main.py", "version": version, "base": version })),
            Right::Restore(200),
        ),
    ]
}

/// Endpoints that anybody may call, about nothing but themselves.
const OPEN: [&str; 2] = ["/api/site", "/api/session"];

/// Endpoints that everybody who is signed in may call, about nothing but themselves.
fn of_oneself() -> [(Method, &'static str, Option<Value>); 3] {
    let passwords = json!({ "current": "x", "new": "battery staple" });
    [
        (Method::GET, "/api/sessions", None),
        (Method::DELETE, "/api/sessions", None),
        (Method::PUT, "/api/password", Some(passwords)),
    ]
}

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
    let draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n";
    let mut console = ada.run("main.py", draw).await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    let run = console.run.to_string();
    let session: Value = ada.get("/api/session").await.json().await.unwrap();
    let class = session["classes"][0]["id"].as_str().unwrap();

    let version = ada.read("main.py").await.unwrap().version;
    let sessions: Value = ada.get("/api/sessions").await.json().await.unwrap();
    let own_session = sessions["sessions"][0]["id"].as_str().unwrap();

    let stranger = Browser::stranger(&product.url);
    let ben = product.sign_in("ben").await;
    let noor = product.sign_in("noor").await;
    let otto = product.sign_in("otto").await;
    let root = product.sign_in("root").await;
    for Attempt {
        method,
        path,
        body,
        right,
        ..
    } in attempts(class, &run, &version, own_session)
    {
        let superior = match right {
            Right::Change => 403,
            Right::Restore(status) => status,
            Right::Look | Right::Teach => 200,
            Right::Own => 404,
        };
        for (who, name, expected) in [
            (&stranger, "a stranger", 401),
            (
                &ben,
                "a classmate",
                if right == Right::Teach { 403 } else { 404 },
            ),
            (&otto, "a professor of another class", 404),
            (&noor, "the professor", superior),
            (&root, "the administrator", superior),
        ] {
            assert_eq!(
                status(who, &method, &path, body.as_ref()).await,
                expected,
                "{name}: {method} {path}"
            );
        }
    }
    for (method, path, body) in of_oneself() {
        let status = status(&stranger, &method, path, body.as_ref()).await;
        assert_eq!(status, 401, "{method} {path}");
    }
    assert_eq!(ada.read("main.py").await.unwrap().text, draw);
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
    let attempts = attempts("", "", "", "");
    let attempts = attempts
        .iter()
        .map(|attempt| format!("{} {}", attempt.method, attempt.endpoint));
    let of_oneself = of_oneself().map(|(method, path, _)| format!("{method} {path}"));
    let tried = attempts.chain(of_oneself).collect();
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
