//! Opening a database, and what is said when that fails.

use std::os::unix::fs::PermissionsExt;

use pythonide_store::{DatabaseUrl, Db};
use pythonide_testdb::TestDatabase;

async fn refused(url: &str) -> String {
    let url: DatabaseUrl = url.parse().unwrap();
    Db::open(&url, 1).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_sqlite_file_is_made_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ide.db");
    let url: DatabaseUrl = format!("sqlite://{}", path.display()).parse().unwrap();
    let db = Db::open(&url, 2).await.unwrap();
    db.migrate().await.unwrap();
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
        files.push(file.file_name());
    }
    assert!(
        files.iter().any(|name| name == "ide.db-wal"),
        "no write-ahead log: {files:?}"
    );
}

#[tokio::test]
async fn a_sqlite_file_that_everybody_can_read_is_closed_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ide.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
    Db::open(&format!("sqlite://{}", path.display()).parse().unwrap(), 1)
        .await
        .unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let said = refused("sqlite:///no/such/folder/ide.db").await;
    assert!(said.contains("/no/such/folder/ide.db"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ide.db");
    std::fs::write(
        &path,
        "this is a letter and not a database, however long one looks at it",
    )
    .unwrap();
    let url: DatabaseUrl = format!("sqlite://{}", path.display()).parse().unwrap();
    assert!(Db::open(&url, 1).await.is_err());
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("this is a letter")
    );
}

#[tokio::test]
async fn the_reason_a_server_is_not_reached_is_a_sentence_without_the_password() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let said = refused(&format!("postgresql://u:s3cret@127.0.0.1:{port}/ide")).await;
    assert_eq!(
        said,
        format!(
            "could not connect to postgresql://u@127.0.0.1:{port}/ide: nothing listens there (connection refused)"
        )
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    // Accepts connections in its backlog and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgresql://u:s3cret@127.0.0.1:{port}/ide");
    tokio::time::pause();
    let said = refused(&url).await;
    assert!(said.ends_with("no answer within 5 seconds"), "{said}");
}

#[tokio::test]
async fn a_database_or_user_that_is_not_there_is_named() {
    let database = TestDatabase::postgres().await;
    let url = database.url().expose();
    let (server, socket) = url.split_once('?').unwrap();
    let server = server.rsplit_once('/').unwrap().0;
    let said = refused(&format!("{server}/elsewhere?{socket}")).await;
    assert!(
        said.contains("database \"elsewhere\" does not exist"),
        "{said}"
    );
    let stranger = server.replace("postgres@", "mallory:s3cret@");
    let said = refused(&format!("{stranger}/elsewhere?{socket}")).await;
    assert!(
        said.contains("\"mallory\"") && !said.contains("s3cret"),
        "{said}"
    );
}
