//! A student's files through the API: kept, never torn, never another's.

use std::{collections::BTreeSet, os::unix::fs::symlink, process::Command};

use pythonide_testkit::PATIENCE;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{browser::Browser, product::Product};

/// Gives what a test has put into a home to its student, as if a program had made it.
fn give_to_owner(product: &Product, username: &str) {
    use std::os::unix::fs::{MetadataExt, lchown};
    let home = product.home(username);
    let owner = home.metadata().unwrap();
    for entry in std::fs::read_dir(&home).unwrap() {
        lchown(entry.unwrap().path(), Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

pub(crate) async fn code<T: std::fmt::Debug>(
    result: impl Future<Output = Result<T, (StatusCode, String)>>,
) -> (u16, String) {
    let (status, code) = result.await.unwrap_err();
    (status.as_u16(), code)
}

pub(crate) fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_save_is_on_disk_with_its_owner_when_it_is_answered() {
    use std::os::unix::fs::MetadataExt;
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let text = "print('Grüße, 世界 🐍')\r\nx = 1";
    let saved = ada.save("main.py", text, None).await.unwrap();
    let path = product.home("ada").join("main.py");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(
        path.metadata().unwrap().uid(),
        product.home("ada").metadata().unwrap().uid()
    );
    assert_eq!(
        product.home("ada").metadata().unwrap().mode() & 0o7777,
        0o700
    );
    let read = ada.read("main.py").await.unwrap();
    assert_eq!((read.text.as_str(), read.version), (text, saved.version));
}

#[tokio::test]
async fn of_two_tabs_that_save_the_same_file_the_second_is_told() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let first = ada.save("main.py", "1", None).await.unwrap();
    let second = ada
        .save("main.py", "2", Some(&first.version))
        .await
        .unwrap();
    assert_eq!(
        code(ada.save("main.py", "3", Some(&first.version))).await,
        problem(409, "conflict")
    );
    assert_eq!(
        code(ada.save("main.py", "4", None)).await,
        problem(409, "already_exists")
    );
    assert_eq!(ada.read("main.py").await.unwrap().version, second.version);
}

#[tokio::test]
async fn of_many_saves_at_once_exactly_one_wins() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let base = ada.save("main.py", "base", None).await.unwrap().version;
    let saves = (0..20).map(|number| {
        let (ada, base) = (ada.clone(), base.clone());
        async move {
            ada.save("main.py", &number.to_string(), Some(&base))
                .await
                .map(|_| number)
        }
    });
    let results = futures::future::join_all(saves).await;
    let won: Vec<_> = results
        .iter()
        .filter_map(|result| result.as_ref().ok())
        .collect();
    assert_eq!(won.len(), 1);
    assert_eq!(ada.read("main.py").await.unwrap().text, won[0].to_string());
    assert_eq!(ada.names("").await, ["main.py"]);
}

#[tokio::test]
async fn names_of_every_script_work_and_names_that_deceive_do_not() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let good = [
        "🐍 snake.py",
        "שלום.py",
        "naïve café.txt",
        "a'b\"c.py",
        "-rf",
        "%2e%2e",
        "con.py",
        ".hidden",
    ];
    for name in good {
        ada.save(name, name, None).await.unwrap();
        assert_eq!(ada.read(name).await.unwrap().text, name);
    }
    let found: BTreeSet<_> = ada.names("").await.into_iter().collect();
    assert_eq!(found, good.iter().map(|name| (*name).to_owned()).collect());
    for name in [
        "",
        "..",
        "../ben/x",
        "/etc/passwd",
        "a/../b",
        "a//b",
        "./a",
        "a\0b",
        "a\nb",
        "exe\u{202e}yp.txt",
        &"x".repeat(256),
        ".pythonide-save-x",
    ] {
        let (status, code) = code(ada.save(name, "x", None)).await;
        assert_eq!((status, code.as_str()), (422, "bad_name"), "{name:?}");
    }
    assert_eq!(
        code(ada.read("../ben/secret.py")).await,
        problem(422, "bad_name")
    );
}

#[tokio::test]
async fn links_pipes_and_devices_are_shown_and_never_opened() {
    let product = Product::start();
    let (ada, ben) = (product.sign_in("ada").await, product.sign_in("ben").await);
    ben.write("secret.py", "password = 1").await;
    ada.write("own.py", "1").await;
    let home = product.home("ada");
    symlink(product.home("ben"), home.join("folder-link")).unwrap();
    symlink(
        product.home("ben").join("secret.py"),
        home.join("file-link"),
    )
    .unwrap();
    symlink("own.py", home.join("own-link")).unwrap();
    symlink("/etc/passwd", home.join("system-link")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(home.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    give_to_owner(&product, "ada");
    for name in [
        "file-link",
        "own-link",
        "system-link",
        "pipe",
        "folder-link/secret.py",
    ] {
        let (status, code) = code(ada.read(name)).await;
        assert!(
            matches!((status, code.as_str()), (409, "not_a_file")),
            "{name}: {status} {code}"
        );
        let (status, _) = crate::files::code(ada.save(name, "x", Some("0"))).await;
        assert_eq!(status, 409, "{name}");
    }
    let folder: Value = ada.get(&ada.home("folder")).await.json().await.unwrap();
    let kinds: Vec<_> = folder["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "special", "special", "special", "file", "special", "special"
        ]
    );
    // A link can be deleted; what it leads to stays.
    ada.post("deletions", json!({ "path": "file-link" }))
        .await
        .unwrap();
    assert_eq!(ben.read("secret.py").await.unwrap().text, "password = 1");
}

#[tokio::test]
async fn a_delete_can_be_undone_even_when_the_name_has_been_taken() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.post("folders", json!({ "path": "homework" }))
        .await
        .unwrap();
    ada.write("homework/dice.py", "old").await;
    let deleted = ada
        .post("deletions", json!({ "path": "homework" }))
        .await
        .unwrap();
    assert!(ada.names("").await.is_empty());
    ada.post("folders", json!({ "path": "homework" }))
        .await
        .unwrap();
    let id = serde_json::from_str::<Value>(&deleted).unwrap()["trash_id"].clone();
    let restored = ada
        .post("restorations", json!({ "trash_id": id }))
        .await
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&restored).unwrap()["path"],
        "homework (2)"
    );
    assert_eq!(ada.read("homework (2)/dice.py").await.unwrap().text, "old");
    assert_eq!(
        code(ada.post("restorations", json!({ "trash_id": id }))).await,
        problem(404, "not_found")
    );
}

#[tokio::test]
async fn the_trash_takes_no_more_room_than_the_files_may_however_much_is_deleted() {
    let product = Product::with(&["--home-mb", "16"]);
    let ada = product.sign_in("ada").await;
    for number in 0..9 {
        let path = format!("{number}.bin");
        ada.upload(&path, vec![0; 4 << 20], false).await.unwrap();
        ada.post("deletions", json!({ "path": path }))
            .await
            .unwrap();
    }
    // A change waits until the one before has been cleared up after.
    ada.post("folders", json!({ "path": "a" })).await.unwrap();
    let trash: Value = ada.get(&ada.home("trash")).await.json().await.unwrap();
    let paths = trash["items"].as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(paths.first(), Some(&"8.bin"));
    assert!(paths.len() < 8, "{paths:?}");
}

#[tokio::test]
async fn a_move_never_overwrites() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.post("folders", json!({ "path": "a" })).await.unwrap();
    ada.write("one.py", "1").await;
    ada.write("two.py", "2").await;
    assert_eq!(
        code(ada.post("moves", json!({ "from": "one.py", "to": "two.py" }))).await,
        problem(409, "already_exists")
    );
    assert_eq!(
        code(ada.post("moves", json!({ "from": "a", "to": "a/b" }))).await,
        problem(422, "bad_name")
    );
    assert_eq!(
        code(ada.post("moves", json!({ "from": "none", "to": "x" }))).await,
        problem(404, "not_found")
    );
    ada.post("moves", json!({ "from": "one.py", "to": "a/uno.py" }))
        .await
        .unwrap();
    assert_eq!(ada.names("a").await, ["uno.py"]);
    assert_eq!(ada.read("two.py").await.unwrap().text, "2");
}

#[tokio::test]
async fn a_file_of_twenty_megabytes_goes_up_and_down_whole_and_is_too_large_to_edit() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let bytes: Vec<u8> = (0..20_u32 << 20)
        .map(|number| u8::try_from(number % 251).unwrap())
        .collect();
    ada.upload("big.bin", bytes.clone(), false).await.unwrap();
    assert!(ada.download("big.bin").await == bytes);
    assert_eq!(code(ada.read("big.bin")).await, problem(413, "too_large"));
    assert_eq!(
        code(ada.upload("big.bin", vec![1], false)).await,
        problem(409, "already_exists")
    );
    ada.upload("big.bin", vec![0, 159, 146, 150], true)
        .await
        .unwrap();
    assert_eq!(code(ada.read("big.bin")).await, problem(415, "not_text"));
    assert_eq!(
        code(ada.save("big.py", &"x".repeat(3 << 20), None)).await,
        problem(413, "too_large")
    );
}

#[tokio::test]
async fn a_user_moves_eight_files_at_once_and_a_classmate_is_not_held_up_by_that() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let ben = product.sign_in("ben").await;
    // More than waits on the way to a browser that does not read.
    ada.upload("big.bin", vec![1; 20 << 20], false)
        .await
        .unwrap();
    let path = ada.home("content?path=big.bin");
    let mut loading = Vec::new();
    for _ in 0..8 {
        loading.push(ada.get(&path).await.error_for_status().unwrap());
    }

    let small = || ada.upload("small.bin", vec![1], true);
    assert_eq!(code(small()).await, problem(503, "busy"));
    assert_eq!(ada.get(&path).await.status().as_u16(), 503);
    ben.upload("small.bin", vec![1], false).await.unwrap();

    drop(loading);
    let is_free = async { while small().await.is_err() {} };
    tokio::time::timeout(PATIENCE, is_free).await.unwrap();
}

#[tokio::test]
async fn an_upload_past_the_limit_leaves_nothing() {
    let product = Product::with(&["--upload-mb", "1"]);
    let ada = product.sign_in("ada").await;
    assert_eq!(
        code(ada.upload("big.bin", vec![0; 2 << 20], false)).await,
        problem(413, "too_large")
    );
    assert_eq!(std::fs::read_dir(product.home("ada")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing_that_was_saved() {
    if !rustix::process::geteuid().is_root() {
        // Only root can mount a small disk; CI is root.
        return;
    }
    let disk = crate::product::fresh_folder();
    let mount = |arguments: &[&str]| {
        assert!(
            Command::new("mount")
                .args(arguments)
                .arg(disk.path())
                .status()
                .unwrap()
                .success()
        );
    };
    mount(&["-t", "tmpfs", "-o", "size=1m,mode=711", "tmpfs"]);
    {
        let product = Product::with(&["--files", disk.path().to_str().unwrap()]);
        let ada = product.sign_in("ada").await;
        let saved = ada.save("main.py", "kept", None).await.unwrap();
        let big = "x".repeat(1_500_000);
        let (status, code) = code(ada.save("main.py", &big, Some(&saved.version))).await;
        assert_eq!((status, code.as_str()), (507, "disk_full"));
        for replace in [false, true] {
            let path = if replace { "main.py" } else { "big" };
            let upload = ada.upload(path, vec![0; 4 << 20], replace);
            assert_eq!(crate::files::code(upload).await, problem(507, "disk_full"));
        }
        assert_eq!(ada.read("main.py").await.unwrap().text, "kept");
        assert_eq!(ada.names("").await, ["main.py"]);
        ada.save("main.py", "and goes on", Some(&saved.version))
            .await
            .unwrap();
    }
    assert!(
        Command::new("umount")
            .arg(disk.path())
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn what_a_professor_hands_out_can_be_read_by_all_and_changed_by_no_student() {
    let product = Product::start();
    let (noor, ada) = (product.sign_in("noor").await, product.sign_in("ada").await);
    let shared = |who: &Browser, method, route: &str| {
        who.request(method, &format!("/api/trees/shared/{route}"))
    };
    let made =
        shared(&noor, reqwest::Method::POST, "folders").json(&json!({ "path": "Lecture 7" }));
    assert_eq!(made.send().await.unwrap().status(), StatusCode::CREATED);
    let put = |who: &Browser| {
        let save = json!({ "text": "print('from the professor')" });
        shared(who, reqwest::Method::PUT, "text")
            .query(&[("path", "Lecture 7/loops.py")])
            .json(&save)
    };
    assert_eq!(
        put(&ada).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(put(&noor).send().await.unwrap().status(), StatusCode::OK);
    let read: Value = shared(&ada, reqwest::Method::GET, "text")
        .query(&[("path", "Lecture 7/loops.py")])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&read["text"], &read["is_writable"]),
        (&json!("print('from the professor')"), &json!(false))
    );
    let folder: Value = shared(&ada, reqwest::Method::GET, "folder")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        folder["entries"].as_array().unwrap().len(),
        1,
        "the homes are not shown: {folder}"
    );
    // Programs read it too.
    let path = product.data().join("files/Lecture 7/loops.py");
    let mut console = ada
        .run(
            "main.py",
            &format!("print(open({path:?}).read())\nopen({path:?}, 'w')"),
        )
        .await;
    console.wait_for("from the professor").await;
    console.wait_for("PermissionError").await;
}
