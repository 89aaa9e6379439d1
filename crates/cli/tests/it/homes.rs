//! Accounts that come, go and take another's name, and homes that are not what they should be.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use pythonide_protocol::socket::FromServer;
use pythonide_server::store::DatabaseUrl;
use pythonide_testdb::run;
use pythonide_testkit::product::PASSWORD;
use serde_json::Value;

use crate::{
    browser::{Browser, Heard},
    command_line::text,
    product::{Product, pythonide, pythonide_with_input},
};

fn database(product: &Product) -> DatabaseUrl {
    let file = product.data().join("database/pythonide.db");
    format!("sqlite://{}", file.display()).parse().unwrap()
}

fn command(product: &Product, arguments: &[&str]) -> (bool, String, String) {
    let input = format!("{PASSWORD}\n");
    text(&pythonide_with_input(product.data(), arguments, &input))
}

/// The status and the sentence of what the home answers.
async fn listing(browser: &Browser) -> (u16, String) {
    let answer = browser.get(&browser.home("folder")).await;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (
        status,
        body["title"].as_str().unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn who_is_kept_out_and_let_in_again_finds_the_files() {
    let product = Product::start();
    product.sign_in("ada").await.write("main.py", "mine").await;
    assert!(command(&product, &["users", "deactivate", "ada"]).0);
    assert!(command(&product, &["users", "activate", "ada"]).0);
    let ada = product.sign_in("ada").await;
    assert_eq!(ada.read("main.py").await.unwrap().text, "mine");
}

#[tokio::test]
async fn whoever_gets_a_name_that_another_had_gets_none_of_the_files_unless_told_so() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let saved = ada.save("main.py", "secret", None).await.unwrap();
    ada.save("main.py", "secret too", Some(&saved.version))
        .await
        .unwrap();
    let mut console = ada.run("print.py", "print('secret three')\n").await;
    console.script_end().await;
    console.stop().await;
    console.log_end().await;
    let home = product.home("ada");
    let before = home.metadata().unwrap().uid();
    run(
        &database(&product),
        "DELETE FROM users WHERE username = 'ada'",
    )
    .await;
    assert!(command(&product, &["users", "add", "ada", "--password-stdin"]).0);
    let other = product.sign_in("ada").await;
    let had_before = (403, "The folder with your name belongs to an account that had the name before. Nothing was touched; ask the administrator of this site whether it is to be yours.".to_owned());
    assert_eq!(listing(&other).await, had_before);
    assert!(other.read("main.py").await.is_err());
    // Nor of what was printed.
    let mut socket = other.socket().await;
    let run = loop {
        if let Heard::Message(FromServer::Program { run }) = socket.next().await {
            break run;
        }
    };
    assert_eq!(run, None);
    assert!(other.save("new.py", "", None).await.is_err());
    let (ok, output, _) = command(&product, &["users", "sync-directories"]);
    let told = format!("PROBLEM: ada: belongs to another account, of uid {before}");
    assert!(!ok && output.contains(&told), "{output}");
    // Not without the folder either: versions and trash are kept under the name.
    let aside = home.with_file_name("aside");
    std::fs::rename(&home, &aside).unwrap();
    assert_eq!(listing(&other).await, had_before);
    std::fs::rename(&aside, &home).unwrap();
    assert_eq!(home.metadata().unwrap().uid(), before);
    assert_eq!(
        std::fs::read_to_string(home.join("main.py")).unwrap(),
        "secret too"
    );
    let log = product.log();
    assert!(log.contains("a home belongs to another account"), "{log}");

    let give = ["users", "sync-directories", "--give", "nobody"];
    assert!(
        command(&product, &give)
            .2
            .contains("there is no account nobody")
    );
    let give = ["users", "sync-directories", "--give", "ada"];
    let (ok, output, error) = command(&product, &give);
    assert!(
        ok && output.contains("2 files and folders given."),
        "{output}{error}"
    );
    let read = other.read("main.py").await.unwrap();
    assert_eq!(read.text, "secret too");
    other
        .save("main.py", "mine now", Some(&read.version))
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_renamed_begins_anew_and_keeps_the_folder_of_the_old_name() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("main.py", "mine").await;
    run(
        &database(&product),
        "UPDATE users SET username = 'augusta' WHERE username = 'ada'",
    )
    .await;
    let augusta = product.sign_in("augusta").await;
    assert_eq!(augusta.names("").await, [""; 0]);
    let (_, output, _) = command(&product, &["users", "sync-directories"]);
    assert!(output.contains("of nobody, left alone: ada"), "{output}");
    // The operator moves it: it is the same account's, by its number.
    let (old, new) = (product.home("ada"), product.home("augusta"));
    std::fs::remove_dir(&new).unwrap();
    std::fs::rename(old, new).unwrap();
    assert_eq!(augusta.read("main.py").await.unwrap().text, "mine");
}

#[tokio::test]
async fn a_home_that_is_missing_or_has_lost_its_owner_or_mode_is_mended() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("main.py", "mine").await;
    let home = product.home("ada");
    let uid = home.metadata().unwrap().uid();
    // As a program of the owner's can leave it.
    std::fs::set_permissions(&home, PermissionsExt::from_mode(0o000)).unwrap();
    assert_eq!(ada.read("main.py").await.unwrap().text, "mine");
    // As a backup that was restored by root leaves it.
    chown(&home, Some(0), Some(0)).unwrap();
    ada.write("more.py", "more").await;
    assert_eq!(home.metadata().unwrap().uid(), uid);
    assert_eq!(home.metadata().unwrap().mode() & 0o7777, 0o700);
    std::fs::remove_dir_all(&home).unwrap();
    assert_eq!(ada.names("").await, [""; 0]);
    ada.write("again.py", "again").await;
}

#[tokio::test]
async fn what_is_in_a_homes_place_and_no_folder_is_named_and_left() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let home = product.home("ada");
    ada.write("main.py", "mine").await;
    let aside = home.with_file_name("aside");
    std::fs::rename(&home, &aside).unwrap();
    let said = "Where your folder should be is a file or a link. Nothing was touched; ask the administrator of this site to move it away.";
    std::fs::write(&home, "a file").unwrap();
    assert_eq!(listing(&ada).await, (403, said.to_owned()));
    assert_eq!(std::fs::read_to_string(&home).unwrap(), "a file");
    std::fs::remove_file(&home).unwrap();
    symlink(&aside, &home).unwrap();
    assert_eq!(listing(&ada).await, (403, said.to_owned()));
    assert!(product.log().contains("a home is not a folder"));
    let (ok, output, _) = text(&pythonide(product.data(), &["users", "sync-directories"]));
    let told = "PROBLEM: ada: something else than a folder has that name";
    assert!(!ok && output.contains(told), "{output}");
    std::fs::remove_file(&home).unwrap();
    std::fs::rename(&aside, &home).unwrap();
    assert_eq!(ada.read("main.py").await.unwrap().text, "mine");
}
