//! What a file was before can be had again, whatever has happened to it.

use pythonide_protocol::http::{TrashView, UsageView, VersionList, VersionOrigin, VersionTextView};
use pythonide_testkit::browser::Browser;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    files::{code, problem},
    product::Product,
};

async fn get<T: serde::de::DeserializeOwned>(ada: &Browser, route: &str) -> T {
    let answer = ada.get(&ada.home(route)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{route}");
    answer.json().await.unwrap()
}

/// The texts that a file had, the oldest first.
async fn texts(ada: &Browser, path: &str) -> Vec<String> {
    let list: VersionList = get(ada, &format!("versions?path={path}")).await;
    let mut texts = Vec::new();
    for version in list.versions.iter().rev() {
        let route = format!("versions/{}?path={path}", version.version);
        texts.push(get::<VersionTextView>(ada, &route).await.text);
    }
    texts
}

#[tokio::test]
async fn every_save_is_a_version_and_any_can_be_brought_back() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for text in ["one", "two", "three"] {
        ada.write("main.py", text).await;
    }
    assert_eq!(texts(&ada, "main.py").await, ["one", "two", "three"]);
    let now = ada.read("main.py").await.unwrap();
    let list: VersionList = get(&ada, "versions?path=main.py").await;
    let first = &list.versions.last().unwrap().version;
    let body = json!({ "path": "main.py", "version": first, "base": now.version });
    ada.post("reversions", body.clone()).await.unwrap();
    assert_eq!(ada.read("main.py").await.unwrap().text, "one");
    // That is a version too, so it can be undone; and nobody brings back over what has come since.
    assert_eq!(texts(&ada, "main.py").await, ["one", "two", "three", "one"]);
    let list: VersionList = get(&ada, "versions?path=main.py").await;
    assert_eq!(list.versions[0].origin, VersionOrigin::Restored);
    assert_eq!(
        code(ada.post("reversions", body)).await,
        problem(409, "conflict")
    );
}

#[tokio::test]
async fn what_a_program_wrote_over_a_save_is_kept_when_it_is_replaced_and_so_is_the_save() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("data.txt", "by hand").await;
    let mut console = ada
        .run("write.py", "open('data.txt', 'w').write('by a program')\n")
        .await;
    console.script_end().await;
    ada.write("data.txt", "by hand again").await;
    assert_eq!(
        texts(&ada, "data.txt").await,
        ["by hand", "by a program", "by hand again"]
    );
    let list: VersionList = get(&ada, "versions?path=data.txt").await;
    assert_eq!(list.versions[1].origin, VersionOrigin::Found);
}

#[tokio::test]
async fn a_program_that_removes_all_it_can_reach_removes_no_version() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("precious.py", "all my work").await;
    let source = "import os, shutil\n\
                  for place in ('.', os.path.expanduser('~'), '..', '../../.pythonide', '../../.pythonide/versions'):\n    \
                  for name in (os.listdir(place) if os.access(place, os.R_OK) else ['versions', 'trash']):\n        \
                  path = os.path.join(place, name)\n        \
                  shutil.rmtree(path, ignore_errors=True)\n        \
                  try:\n            os.remove(path)\n        except OSError:\n            pass\n";
    let mut console = ada.run("rage.py", source).await;
    console.script_end().await;
    assert!(ada.names("").await.is_empty());
    assert_eq!(texts(&ada, "precious.py").await, ["all my work"]);
    let list: VersionList = get(&ada, "versions?path=precious.py").await;
    let body = json!({ "path": "precious.py", "version": list.versions[0].version });
    ada.post("reversions", body).await.unwrap();
    assert_eq!(ada.read("precious.py").await.unwrap().text, "all my work");
}

#[tokio::test]
async fn a_history_goes_along_when_a_file_or_its_folder_moves() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.post("folders", json!({ "path": "week 1" }))
        .await
        .unwrap();
    ada.write("week 1/dice.py", "one").await;
    ada.write("week 1/dice.py", "two").await;
    ada.post("moves", json!({ "from": "week 1", "to": "week 2" }))
        .await
        .unwrap();
    ada.post(
        "moves",
        json!({ "from": "week 2/dice.py", "to": "week 2/würfel.py" }),
    )
    .await
    .unwrap();
    assert_eq!(texts(&ada, "week 2/würfel.py").await, ["one", "two"]);
    assert!(texts(&ada, "week 1/dice.py").await.is_empty());
}

#[tokio::test]
async fn a_damaged_version_is_named_and_touches_nothing_else() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("main.py", "one").await;
    ada.write("main.py", "two").await;
    let list: VersionList = get(&ada, "versions?path=main.py").await;
    let damaged = &list.versions[1].version;
    let (beginning, rest) = damaged.split_at(2);
    let object = product
        .home("ada")
        .join("../../.pythonide/versions/Local/ada/objects")
        .join(beginning)
        .join(rest);
    let mut bytes = std::fs::read(&object).unwrap();
    *bytes.last_mut().unwrap() ^= 0x55;
    std::fs::write(&object, bytes).unwrap();
    let route = ada.home(&format!("versions/{damaged}?path=main.py"));
    let answer = ada.get(&route).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(answer.text().await.unwrap().contains("\"damaged\""));
    let route = format!("versions/{}?path=main.py", list.versions[0].version);
    assert_eq!(get::<VersionTextView>(&ada, &route).await.text, "two");
    assert_eq!(ada.read("main.py").await.unwrap().text, "two");
}

#[tokio::test]
async fn a_professor_sees_a_students_versions_and_trash_and_brings_them_back_but_writes_nothing() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let professor = product.sign_in("noor").await;
    ada.write("main.py", "one").await;
    ada.write("main.py", "two").await;
    let list: VersionList = get(&ada, "versions?path=main.py").await;
    let now = &list.versions[0].version;
    let as_ada = |route: &str| format!("/api/trees/home:ada/{route}");
    let answer = professor
        .request(reqwest::Method::POST, &as_ada("reversions"))
        .json(&json!({ "path": "main.py", "version": list.versions[1].version, "base": now }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(ada.read("main.py").await.unwrap().text, "one");
    ada.post("deletions", json!({ "path": "main.py" }))
        .await
        .unwrap();
    let trash: TrashView = professor.get(&as_ada("trash")).await.json().await.unwrap();
    assert_eq!(trash.items[0].path, "main.py");
    let answer = professor
        .request(reqwest::Method::POST, &as_ada("restorations"))
        .json(&json!({ "trash_id": trash.items[0].trash_id }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(ada.names("").await, ["main.py"]);
    let answer = professor
        .request(reqwest::Method::POST, &as_ada("deletions"))
        .json(&json!({ "path": "main.py" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    // Nor do students see what was in what is handed out: it may be a solution that was withdrawn.
    for route in ["trash", "versions?path=main.py"] {
        let answer = ada.get(&format!("/api/trees/shared/{route}")).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{route}");
    }
    // A neighbour sees nothing of all that.
    let ben = product.sign_in("ben").await;
    for route in ["trash", "usage", "versions?path=main.py"] {
        assert_eq!(
            ben.get(&as_ada(route)).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn a_home_has_so_much_room_and_the_editor_and_uploads_are_told_when_it_is_taken() {
    let product = Product::with(&["--home-mb", "1", "--home-files", "100"]);
    let ada = product.sign_in("ada").await;
    ada.save("main.py", "small", None).await.unwrap();
    let full = problem(507, "quota_full");
    assert_eq!(
        code(ada.upload("big.bin", vec![1; 1_200_000], false)).await,
        full
    );
    ada.upload("half.bin", vec![1; 700_000], false)
        .await
        .unwrap();
    let text = "x".repeat(500_000);
    assert_eq!(code(ada.save("text.py", &text, None)).await, full);
    let usage: UsageView = get(&ada, "usage").await;
    assert!((700_000..1_000_000).contains(&usage.bytes), "{usage:?}");
    assert_eq!((usage.max_bytes, usage.max_files), (1 << 20, 100));
    // What was deleted makes room at once.
    ada.post("deletions", json!({ "path": "half.bin" }))
        .await
        .unwrap();
    ada.save("text.py", &text, None).await.unwrap();
    for number in 0..98 {
        ada.save(&format!("{number}.py"), "", None).await.unwrap();
    }
    assert_eq!(code(ada.save("one-more.py", "", None)).await, full);
    // What makes them no more is always taken.
    ada.write("main.py", "").await;
}
