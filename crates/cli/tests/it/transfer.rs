//! A whole installation's database moves to another engine and back.

use pythonide_server::store::{DatabaseUrl, Engine};
use pythonide_testdb::{TestDatabase, texts};

use crate::{
    command_line::text,
    product::{fresh_folder, pythonide},
};

const TABLE: &str = "\
users               2
uid_counter         1
classes             2
memberships         2
sessions            0
audit               2
runs                0
rows in all         9
";

/// An installation on SQLite with two users, and the address of its database.
fn installation() -> (tempfile::TempDir, DatabaseUrl) {
    let folder = fresh_folder();
    let list =
        "username,full_name,email,role\nada,Ada Lovelace,ada@example.org,\nnoor,,,professor\n";
    std::fs::write(folder.path().join("class.csv"), list).unwrap();
    let import = ["users", "import", "class.csv", "--class", "CS 101"];
    assert!(text(&pythonide(folder.path(), &import)).0);
    let file = folder.path().join("database/pythonide.db");
    let url = format!("sqlite://{}", file.display()).parse().unwrap();
    (folder, url)
}

#[tokio::test]
async fn an_installation_moves_to_postgresql_and_back_with_all_that_it_holds() {
    let (folder, sqlite) = installation();
    let postgres = TestDatabase::empty(Engine::Postgres).await;
    let back = folder.path().join("back.db");
    let back: DatabaseUrl = format!("sqlite://{}", back.display()).parse().unwrap();
    let (_, users, _) = text(&pythonide(folder.path(), &["users", "list", "--json"]));
    for (from, to) in [(&sqlite, postgres.url()), (postgres.url(), &back)] {
        let copy = ["migrate", "--from", from.expose(), "--to", to.expose()];
        let (ok, output, error) = text(&pythonide(folder.path(), &copy));
        assert!(ok, "{error}");
        let said = format!("{TABLE}copied from {from} to {to}, and compared row by row.\n");
        assert_eq!(output, said);
        let list = ["users", "list", "--json", "--database-url", to.expose()];
        assert_eq!(text(&pythonide(folder.path(), &list)).1, users);
    }
    for query in [
        "SELECT password_hash FROM users ORDER BY username",
        "SELECT created_at FROM users ORDER BY username",
        "SELECT hex(id) FROM audit ORDER BY id",
        "SELECT hex(class_id) || hex(user_id) FROM memberships ORDER BY 1",
        "SELECT CAST(next_uid AS TEXT) FROM uid_counter",
        "SELECT hex(id) || name || hints FROM classes ORDER BY id",
    ] {
        let rows = texts(&sqlite, query).await;
        assert!(!rows.is_empty(), "{query}");
        assert_eq!(texts(&back, query).await, rows, "{query}");
    }
}

#[tokio::test]
async fn nothing_is_copied_over_an_installation_in_use() {
    let (folder, from) = installation();
    let (other, to) = installation();
    let before = text(&pythonide(other.path(), &["users", "list", "--json"])).1;
    for more in [&[][..], &["--dry-run"]] {
        let copy = ["migrate", "--from", from.expose(), "--to", to.expose()];
        let (ok, output, error) = text(&pythonide(folder.path(), &[&copy, more].concat()));
        assert!(!ok && output.is_empty(), "{output}");
        assert!(
            error.contains("the target is in use, for its table users holds rows already (2)"),
            "{error}"
        );
    }
    let after = text(&pythonide(other.path(), &["users", "list", "--json"])).1;
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_copied_and_makes_nothing() {
    let (folder, from) = installation();
    let postgres = TestDatabase::empty(Engine::Postgres).await;
    let file = folder.path().join("new.db");
    let sqlite: DatabaseUrl = format!("sqlite://{}", file.display()).parse().unwrap();
    for to in [postgres.url(), &sqlite] {
        let copy = ["migrate", "--from", from.expose(), "--to", to.expose()];
        let (ok, output, error) = text(&pythonide(
            folder.path(),
            &[&copy[..], &["--dry-run"]].concat(),
        ));
        assert!(ok, "{error}");
        let said = format!("{TABLE}would be copied from {from} to {to}; nothing was changed.\n");
        assert_eq!(output, said);
    }
    assert!(!file.exists());
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    assert!(texts(postgres.url(), tables).await.is_empty());
}

#[test]
fn a_database_that_is_not_there_is_named_and_not_made() {
    let folder = fresh_folder();
    let (from, to) = (folder.path().join("typo.db"), folder.path().join("new.db"));
    let (from_url, to_url) = (
        format!("sqlite://{}", from.display()),
        format!("sqlite://{}", to.display()),
    );
    let copy = ["migrate", "--from", &from_url, "--to", &to_url];
    let (ok, _, error) = text(&pythonide(folder.path(), &copy));
    assert!(!ok);
    assert_eq!(
        error,
        format!("pythonide: there is no database at {from_url}\n")
    );
    assert!(!from.exists() && !to.exists());
}

#[test]
fn a_copy_needs_both_addresses_and_shows_no_password() {
    let folder = fresh_folder();
    let file = folder.path().join("a.db");
    std::fs::write(&file, "").unwrap();
    let sqlite = format!("sqlite://{}", file.display());
    let postgres = "postgresql://ide:hunter22@127.0.0.1:1/x";
    for arguments in [
        &["--from", postgres][..],
        &["--to", postgres],
        &["--dry-run"],
        &["--from", "mysql://ide:hunter22@db/x", "--to", postgres],
        &[
            "--from",
            postgres,
            "--to",
            "postgresql://ide:hun/ter22@db/x",
        ],
        &["--from", postgres, "--to", &sqlite],
        &["--from", &sqlite, "--to", postgres],
    ] {
        let output = pythonide(folder.path(), &[&["migrate"], arguments].concat());
        let (ok, output, error) = text(&output);
        assert!(
            !ok && !error.is_empty() && output.is_empty(),
            "{arguments:?}"
        );
        assert!(
            !error.contains("hunter22") && !error.contains("ter22"),
            "{error}"
        );
    }
}
