//! Databases that are not as they should be: each is named in a clear sentence, and nothing is lost or shown.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use pythonide_server::store::Engine;
use pythonide_testdb::{TestDatabase, run, texts};
use pythonide_testkit::{browser::Browser, product::PASSWORD};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    command_line::text,
    product::{fresh_folder, pythonide, pythonide_with_input},
};

/// A server without a host, over a database of the test's.
struct Server {
    child: Child,
    address: String,
    // Its key is there while it is.
    _folder: TempDir,
}

impl Server {
    fn command(folder: &TempDir, database: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pythonide"));
        let link = format!("unix:{}", folder.path().join("nobody").display());
        command
            .current_dir(folder.path())
            .env("DATABASE_URL", database)
            .env("IDE_SECRET_KEY", "0123456789abcdef0123456789abcdef")
            .args(["server", "--listen", "127.0.0.1:0", "--link", &link])
            .args(more);
        command
    }

    fn start(database: &str, more: &[&str]) -> Self {
        let folder = fresh_folder();
        let mut command = Self::command(&folder, database, more);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = output.next().expect("it starts").unwrap();
        let address = line.strip_prefix("listening on ").unwrap().to_owned();
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// What it says when it does not start, and after how long.
    fn refuses(database: &str, more: &[&str]) -> (String, Duration) {
        let folder = fresh_folder();
        let start = Instant::now();
        let output = Self::command(&folder, database, more).output().unwrap();
        let (ok, output, error) = text(&output);
        assert!(!ok && output.is_empty(), "{output}");
        (error, start.elapsed())
    }

    async fn ready(&self) -> serde_json::Value {
        let answer = reqwest::get(format!("{}/ready", self.address)).await;
        answer.unwrap().json().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn with_ada() -> TestDatabase {
    let database = TestDatabase::postgres().await;
    let folder = fresh_folder();
    let url = database.url().expose();
    let add = [
        "users",
        "add",
        "ada",
        "--password-stdin",
        "--database-url",
        url,
    ];
    let input = format!("{PASSWORD}\n");
    assert!(text(&pythonide_with_input(folder.path(), &add, &input)).0);
    database
}

/// A migration that a newer version has applied.
fn newer(statements: &str) -> String {
    format!(
        "{statements};
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'from the future', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1"
    )
}

#[tokio::test]
async fn a_server_works_beside_a_newer_version_and_says_so_when_it_cannot_any_more() {
    let database = with_ada().await;
    let url = database.url();
    run(url, &newer("ALTER TABLE users ADD COLUMN nickname TEXT")).await;
    let server = Server::start(url.expose(), &["--migrate"]);
    Browser::sign_in(&server.address, "ada", PASSWORD).await;
    assert_eq!(server.ready().await["database"], "ok");
    let folder = fresh_folder();
    let migrate = ["migrate", "--database-url", url.expose()];
    let (ok, output, error) = text(&pythonide(folder.path(), &migrate));
    assert!(
        ok && output.contains("at schema 9999, newer than"),
        "{output}{error}"
    );
    // A copy would leave out what it does not know.
    let copy = [
        "migrate",
        "--from",
        url.expose(),
        "--to",
        "sqlite://copy.db",
    ];
    let (ok, _, error) = text(&pythonide(folder.path(), &copy));
    assert!(
        !ok && error.contains("the schema of the source is number 9999"),
        "{error}"
    );

    run(url, "UPDATE oldest_program SET number = 9998").await;
    while server.ready().await["database"] != "failed" {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for more in [&[][..], &["--migrate"]] {
        let (said, _) = Server::refuses(url.expose(), more);
        assert!(said.contains("its schema is number 9999"), "{said}");
        assert!(said.contains("programs of schema 9998 or newer"), "{said}");
    }
    let users = ["users", "list", "--database-url", url.expose()];
    assert!(!text(&pythonide(folder.path(), &users)).0);
}

#[tokio::test]
async fn commands_migrate_no_database_that_has_tables() {
    let database = with_ada().await;
    let (folder, url) = (fresh_folder(), database.url());
    run(
        url,
        "DELETE FROM _sqlx_migrations WHERE version = 5; DROP TABLE oldest_program",
    )
    .await;
    std::fs::write(folder.path().join("class.csv"), "username\nben\n").unwrap();
    for command in [
        &["users", "list"][..],
        &["users", "add", "ben"],
        &["users", "import", "class.csv", "--dry-run"],
        &["users", "deactivate", "ada"],
    ] {
        let command = [command, &["--database-url", url.expose()]].concat();
        let (ok, _, error) = text(&pythonide(folder.path(), &command));
        let said = "the schema of the database is number 4, this program needs 5; migrate it first, with: pythonide migrate";
        assert!(!ok && error.contains(said), "{command:?}: {error}");
    }
    let (said, _) = Server::refuses(url.expose(), &[]);
    assert!(said.contains("is number 4, this program needs 5"), "{said}");
    let tables = "SELECT tablename::text FROM pg_tables WHERE tablename = 'oldest_program'";
    assert!(texts(url, tables).await.is_empty());
    let migrate = ["migrate", "--database-url", url.expose()];
    assert!(text(&pythonide(folder.path(), &migrate)).0);
    assert_eq!(texts(url, tables).await.len(), 1);
}

#[tokio::test]
async fn who_only_looks_makes_no_table_and_no_file() {
    let folder = fresh_folder();
    let postgres = TestDatabase::empty(Engine::Postgres).await;
    std::fs::write(folder.path().join("class.csv"), "username\nben\n").unwrap();
    for command in [
        &["users", "list"][..],
        &["users", "import", "class.csv", "--dry-run"],
    ] {
        let there = [command, &["--database-url", postgres.url().expose()]].concat();
        assert!(text(&pythonide(folder.path(), &there)).0);
        let own = text(&pythonide(folder.path(), command));
        assert!(own.0, "{}", own.2);
        let missing = [command, &["--database-url", "sqlite://typo.db"]].concat();
        let (ok, _, error) = text(&pythonide(folder.path(), &missing));
        assert!(
            !ok && error.contains("there is no database at sqlite://typo.db"),
            "{error}"
        );
    }
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    assert!(texts(postgres.url(), tables).await.is_empty());
    assert!(!folder.path().join("database/pythonide.db").exists());
    assert!(!folder.path().join("typo.db").exists());
}

#[tokio::test]
async fn an_address_that_is_wrong_is_told_at_once_and_without_its_password() {
    let database = TestDatabase::postgres().await;
    let url = database.url().expose();
    let elsewhere = url.replacen("/test_", "/nowhere_", 1);
    for (url, part) in [
        (
            "mysql://ide:hunter22@db/x",
            "sqlite:///path/to/file or postgresql://",
        ),
        (
            "postgresql://ide:hunter22@127.0.0.1:99999/x",
            "a number up to 65535",
        ),
        (
            "postgresql://ide:hunter22@127.0.0.1:port/x",
            "a number up to 65535",
        ),
        (
            "postgresql://ide:hunter22@127.0.0.1/x?sslmode=no",
            "its sslmode one of",
        ),
        (
            "postgresql://ide:hunter22@127.0.0.1/",
            "lacks the name of the database",
        ),
        ("sqlite:///no/such/folder/ide.db", "/no/such/folder/ide.db"),
        (&elsewhere, "does not exist; make it with CREATE DATABASE"),
    ] {
        let (said, took) = Server::refuses(url, &[]);
        assert!(said.contains(part), "{url}: {said}");
        assert!(!said.contains("hunter22"), "{said}");
        assert!(took < Duration::from_secs(10), "{url}: {took:?}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let database = TestDatabase::postgres().await;
    let folder = fresh_folder();
    let later = folder.path().join("later");
    let (server, socket) = database.url().expose().split_once("?host=").unwrap();
    let server = server.replace("postgres@", "postgres:hunter22@");
    let url = format!("{server}?host={}", later.display());
    let (said, _) = Server::refuses(&url, &["--database-wait", "2"]);
    let waiting = "waiting for the database, for 2 s at most";
    assert_eq!(said.matches(waiting).count(), 1, "{said}");
    assert!(said.contains("there is no such socket"), "{said}");
    assert!(!said.contains("hunter22"), "{said}");

    let mut command = Server::command(&folder, &url, &[]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stderr.take().unwrap()).lines().next();
    assert!(line.unwrap().unwrap().contains("waiting for the database"));
    std::os::unix::fs::symlink(socket, later).unwrap();
    let line = BufReader::new(child.stdout.take().unwrap()).lines().next();
    assert!(line.unwrap().unwrap().starts_with("listening on "));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_database_that_takes_no_changes_is_named_and_used_again_when_it_does() {
    let database = with_ada().await;
    let url = database.url();
    let name = url.expose().split(['/', '?']).nth(3).unwrap();
    let set =
        |value: &str| format!("ALTER DATABASE {name} SET default_transaction_read_only = {value}");
    let server = Server::start(url.expose(), &[]);
    let sign_in = async || {
        let body = serde_json::json!({ "username": "ada", "password": PASSWORD });
        let client = reqwest::Client::new();
        let request = client.post(format!("{}/api/session", server.address));
        let request = request.header("origin", &server.address).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(sign_in().await.0, 200);
    run(url, &set("on")).await;
    // Connections that are there keep what they were told; as after a failover, all are new.
    let end = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    texts(url, end).await;
    let (status, said) = sign_in().await;
    assert_eq!(status, 503, "{said}");
    assert!(said.contains(r#""code":"database_unavailable""#), "{said}");
    assert_eq!(server.ready().await["database"], "failed");
    let (said, _) = Server::refuses(url.expose(), &["--database-wait", "0"]);
    assert!(said.contains("takes no changes: it is a standby"), "{said}");
    let folder = fresh_folder();
    let users = ["users", "list", "--database-url", url.expose()];
    let (ok, output, _) = text(&pythonide(folder.path(), &users));
    assert!(ok && output.contains("ada"), "{output}");
    // Read only for as long as it is: no connection has to be ended by hand.
    let write = format!("BEGIN READ WRITE; {}; COMMIT", set("off"));
    run(url, &write).await;
    assert_eq!(sign_in().await.0, 200);
}

#[test]
fn an_sqlite_file_or_folder_that_cannot_be_written_is_named() {
    let folder = fresh_folder();
    assert!(text(&pythonide(folder.path(), &["users", "add", "ada"])).0);
    let database = folder.path().join("database");
    let file = database.join("pythonide.db");
    let url = format!("sqlite://{}", file.display());
    // Root may write everywhere.
    let nobody = rustix::process::geteuid().is_root();
    for (path, mode, part) in [
        (&database, 0o555, "its journal cannot be made beside it"),
        (&file, 0o444, "Permission denied"),
    ] {
        let before = path.metadata().unwrap().permissions();
        let set = |mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        set(mode);
        let mut command = if nobody {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.arg(env!("CARGO_BIN_EXE_pythonide"));
            command
        } else {
            Command::new(env!("CARGO_BIN_EXE_pythonide"))
        };
        if nobody {
            for path in [&database, &file] {
                std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
            }
        }
        command.args(["users", "list", "--database-url", &url]);
        let (ok, _, error) = text(&command.current_dir("/").output().unwrap());
        set(before.mode());
        assert!(!ok && error.contains(part), "{error}");
        assert!(error.contains("pythonide.db"), "{error}");
    }
}

/// A FUSE mount whose owner is somebody else says what it is without anybody behind it.
#[test]
fn an_sqlite_file_on_a_network_file_system_is_refused() {
    // Only root may mount; the numbers of the file systems are tried in the store.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = fresh_folder();
    let script = "exec 3<>/dev/fuse
        mount -i -t fuse -o fd=3,rootmode=40000,user_id=4242,group_id=4242 test . || exit 9
        cd .. && exec \"$0\" \"$@\"";
    let url = format!("sqlite://{}/ide.db", folder.path().display());
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]);
    command.arg(env!("CARGO_BIN_EXE_pythonide"));
    command.args(["users", "add", "ada", "--database-url", &url]);
    let output = command.current_dir(folder.path()).output().unwrap();
    let (ok, _, error) = text(&output);
    assert!(
        !ok && error.contains("ide.db is on a network file system (FUSE)"),
        "{error}"
    );
}
