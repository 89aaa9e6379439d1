//! An older installation's users come over, and their passwords go on to work.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use pythonide_server::store::{DatabaseUrl, Engine};
use pythonide_testdb::{TestDatabase, run, texts};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    browser::Browser,
    command_line::text,
    product::{PASSWORD, Product, fresh_folder, pythonide},
};

/// bcrypt of `correct horse`, made by the system's own `crypt(3)`.
const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
const HASH_OF_PHP: &str = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

/// An older installation: its database, and its folder of files.
pub(crate) struct Old {
    database: TestDatabase,
    pub(crate) files: TempDir,
}

impl Old {
    /// One without users.
    pub(crate) async fn empty() -> Self {
        let database = TestDatabase::empty(Engine::Postgres).await;
        let table = "
            CREATE TYPE userrole AS ENUM ('STUDENT', 'Professor', 'admin', 'tutor');
            CREATE TABLE users (
                id SERIAL PRIMARY KEY, username VARCHAR(50) UNIQUE, email VARCHAR(255),
                password_hash VARCHAR(255), full_name VARCHAR(100), role userrole,
                is_active BOOLEAN DEFAULT TRUE, last_login TIMESTAMP, settings JSONB)";
        run(database.url(), table).await;
        let files = fresh_folder();
        fs::create_dir(files.path().join("Local")).unwrap();
        Self { database, files }
    }

    /// One with a user of each kind that comes over.
    pub(crate) async fn with_people() -> Self {
        let old = Self::empty().await;
        old.add("amal", HASH, "Amal Haddad", "STUDENT", true).await;
        old.add("ines", HASH_OF_PHP, "Inês Faria", "Professor", true)
            .await;
        old.add("zuri", HASH, "Zuri", "STUDENT", false).await;
        old
    }

    async fn add(&self, name: &str, hash: &str, full_name: &str, role: &str, is_active: bool) {
        let row = format!(
            "INSERT INTO users (username, email, password_hash, full_name, role, is_active)
             VALUES ('{name}', '{name}@example.org', '{hash}', '{full_name}', '{role}', {is_active})"
        );
        run(self.url(), &row).await;
    }

    fn url(&self) -> &DatabaseUrl {
        self.database.url()
    }

    pub(crate) fn home(&self, name: &str) -> PathBuf {
        let home = self.files.path().join("Local").join(name);
        fs::create_dir_all(&home).unwrap();
        home
    }

    pub(crate) fn import(&self, folder: &Path, more: &[&str]) -> (bool, String, String) {
        let files = self.files.path().to_str().unwrap();
        let import = [
            "import-legacy",
            "--database",
            self.url().expose(),
            "--files",
            files,
        ];
        text(&pythonide(folder, &[&import, more].concat()))
    }

    /// Everything that it holds: rows as text, and each file with its mode, owner, times and content.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let rows = texts(self.url(), "SELECT users::text FROM users ORDER BY id").await;
        let mut all: Vec<_> = rows.into_iter().flatten().collect();
        let mut folders = vec![self.files.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let found = path.symlink_metadata().unwrap();
                if found.is_dir() {
                    folders.push(path.clone());
                }
                let content = found.is_file().then(|| fs::read(&path).unwrap());
                all.push(format!(
                    "{} {:o} {} {:?} {content:?}",
                    path.display(),
                    found.mode(),
                    found.uid(),
                    found.modified()
                ));
            }
        }
        all.sort();
        all
    }
}

async fn sign_in(product: &Product, username: &str, password: &str) -> StatusCode {
    let body = json!({ "username": username, "password": password });
    let stranger = Browser::stranger(&product.url);
    let request = stranger.request(Method::POST, "/api/session").json(&body);
    request.send().await.unwrap().status()
}

async fn hash_of(data: &Path, name: &str) -> String {
    let url = format!("sqlite://{}/database/pythonide.db", data.display());
    let query = format!("SELECT password_hash FROM users WHERE username = '{name}'");
    let mut rows = texts(&url.parse().unwrap(), &query).await;
    rows.remove(0).unwrap()
}

#[tokio::test]
async fn an_old_password_works_and_is_kept_better_from_the_first_sign_in_on() {
    let old = Old::with_people().await;
    fs::write(old.home("amal").join("dice.py"), "print(6)").unwrap();
    let product = Product::start();
    let (ok, output, error) = old.import(product.data(), &["--class", "CS 101"]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "made     amal (student): files: 1 copied\n\
         made     ines (professor): no files\n\
         made     zuri (student, may not sign in): no files\n\
         Accounts: 3 made, 0 there already, 0 refused.\n\
         Files: 1 copied, 0 given to their users in place, 0 as they must be already.\n"
    );
    assert_eq!(hash_of(product.data(), "amal").await, HASH);

    assert_eq!(
        sign_in(&product, "amal", "wrong").await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(hash_of(product.data(), "amal").await, HASH);
    assert_eq!(
        sign_in(&product, "zuri", PASSWORD).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(hash_of(product.data(), "zuri").await, HASH);
    for name in ["amal", "ines"] {
        assert_eq!(sign_in(&product, name, PASSWORD).await, StatusCode::OK);
        let better = hash_of(product.data(), name).await;
        assert!(better.starts_with("$argon2id$"), "{better}");
        assert_eq!(sign_in(&product, name, PASSWORD).await, StatusCode::OK);
        assert_eq!(
            sign_in(&product, name, "wrong").await,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(hash_of(product.data(), name).await, better);
    }
    let amal = product.sign_in("amal").await;
    assert_eq!(amal.names("").await, ["dice.py"]);
    let view: Value = amal.get("/api/session").await.json().await.unwrap();
    assert_eq!(view["user"]["full_name"], "Amal Haddad");
    assert_eq!(view["classes"][0]["name"], "CS 101");
}

#[tokio::test]
async fn a_hash_that_cannot_be_replaced_now_keeps_nobody_out() {
    let old = Old::with_people().await;
    let product = Product::start();
    assert!(old.import(product.data(), &[]).0);
    let url = format!(
        "sqlite://{}/database/pythonide.db",
        product.data().display()
    );
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE OF password_hash ON users BEGIN SELECT RAISE(ABORT, 'no'); END";
    run(&url.parse().unwrap(), refuse).await;
    for _ in 0..2 {
        assert_eq!(sign_in(&product, "amal", PASSWORD).await, StatusCode::OK);
        assert_eq!(hash_of(product.data(), "amal").await, HASH);
    }
    assert!(product.log().contains("a password keeps its old hash"));
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_says_so() {
    let old = Old::with_people().await;
    for name in ["amal", "ines", "zuri"] {
        fs::create_dir(old.home(name).join("lists")).unwrap();
        fs::write(old.home(name).join("lists/one.py"), name).unwrap();
    }
    let folder = fresh_folder();
    assert!(old.import(folder.path(), &[]).0);
    let everything = || {
        let file = folder.path().join("database/pythonide.db");
        (
            fs::read(file).unwrap(),
            text(&pythonide(folder.path(), &["users", "list"])).1,
        )
    };
    let before = everything();
    let (ok, output, error) = old.import(folder.path(), &["--class", "Another"]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "there    amal (student): files: 1 as they must be\n\
         there    ines (professor): files: 1 as they must be\n\
         there    zuri (student, may not sign in): files: 1 as they must be\n\
         Accounts: 0 made, 3 there already, 0 refused.\n\
         Files: 0 copied, 0 given to their users in place, 3 as they must be already.\n\
         Nothing was changed.\n"
    );
    assert!(everything() == before, "the database was written");
}

#[tokio::test]
async fn an_interrupted_import_is_finished_by_the_next() {
    let old = Old::with_people().await;
    let folder = fresh_folder();
    assert!(old.import(folder.path(), &[]).0);
    fs::create_dir(old.home("amal").join("lists")).unwrap();
    fs::write(old.home("amal").join("lists/one.py"), "1").unwrap();
    let (ok, output, _) = old.import(folder.path(), &[]);
    assert!(ok);
    assert!(
        output.contains("there    amal (student): files: 1 copied\n"),
        "{output}"
    );
    assert!(!output.contains("Nothing was changed"), "{output}");
}

#[tokio::test]
async fn whoever_is_here_already_keeps_password_role_and_class() {
    let old = Old::with_people().await;
    let folder = fresh_folder();
    let add = ["users", "add", "amal", "--role", "professor"];
    assert!(text(&pythonide(folder.path(), &add)).0);
    let before = hash_of(folder.path(), "amal").await;
    let (ok, output, _) = old.import(folder.path(), &[]);
    assert!(ok);
    assert!(
        output.starts_with("there    amal (professor): no files\n"),
        "{output}"
    );
    assert!(
        output.contains("Accounts: 2 made, 1 there already, 0 refused."),
        "{output}"
    );
    assert_eq!(hash_of(folder.path(), "amal").await, before);
}

#[tokio::test]
async fn whom_a_rule_refuses_is_told_and_keeps_nobody_else_out() {
    let old = Old::empty().await;
    old.add("-rf", HASH, "Remove", "STUDENT", true).await;
    old.add("Amal", HASH, "Another Amal", "STUDENT", true).await;
    old.add("amal", HASH, "Amal Haddad", "STUDENT", true).await;
    old.add("Omar", "sha1:abc", " ", "STUDENT", true).await;
    old.add("tom", HASH, "Tom", "tutor", true).await;
    run(old.url(), "INSERT INTO users (password_hash) VALUES ('x')").await;
    fs::write(old.home("Omar").join("a.py"), "1").unwrap();
    fs::write(old.home("Amal").join("a.py"), "1").unwrap();
    let folder = fresh_folder();
    let (ok, output, error) = old.import(folder.path(), &[]);
    assert!(!ok);
    assert_eq!(
        error,
        "pythonide: 4 users could not be brought over whole\n"
    );
    let mut lines: Vec<_> = output.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "         note: the password was not kept in a way that is known here; give a new one with: pythonide users reset-password omar",
            "Accounts: 2 made, 0 there already, 4 refused.",
            "Files: 1 copied, 0 given to their users in place, 0 as they must be already.",
            "made     amal (student): no files",
            "made     omar (student, was \"Omar\"): files: 1 copied",
            "refused  \"(no name)\": there is no username",
            "refused  \"-rf\": a username starts with a letter or a digit",
            "refused  \"Amal\": here this is the same name as another's, amal",
            "refused  \"tom\": a role is one of student, professor, admin, not \"tutor\"",
        ]
    );
    let (_, users, _) = text(&pythonide(folder.path(), &["users", "list"]));
    assert_eq!(users.lines().count(), 2, "{users}");
}

#[tokio::test]
async fn a_script_reads_the_same_as_json() {
    let old = Old::with_people().await;
    old.add("x y", HASH, "", "STUDENT", true).await;
    fs::write(old.home("amal").join("one.py"), "1").unwrap();
    let folder = fresh_folder();
    let (ok, output, _) = old.import(folder.path(), &["--json"]);
    assert!(!ok);
    let told: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&told["dry_run"], &told["changed"]),
        (&json!(false), &json!(true))
    );
    let people = told["people"].as_array().unwrap();
    assert_eq!(people.len(), 4);
    assert_eq!(people[0]["username"], "amal");
    assert_eq!(people[0]["account"], "made");
    assert_eq!(people[0]["uid"], 20_000);
    assert_eq!(people[0]["files"]["copied"], 1);
    assert_eq!(people[1]["role"], "professor");
    assert_eq!(people[2]["account"], "refused");
    assert!(people[2]["reason"].as_str().unwrap().contains("' '"));
    assert_eq!(people[3]["is_active"], false);
    assert!(!output.contains("$2b$"), "{output}");
}

#[tokio::test]
async fn the_old_installation_needs_to_be_readable_only() {
    let old = Old::with_people().await;
    fs::write(old.home("amal").join("one.py"), "1").unwrap();
    // Roles are the whole server's, which other tests use too.
    let role = "DO $$ BEGIN CREATE ROLE adoption_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                GRANT SELECT ON users TO adoption_reader";
    run(old.url(), role).await;
    let before = old.everything().await;
    let url = old.url().expose().replace("postgres@", "adoption_reader@");
    let folder = fresh_folder();
    let files = old.files.path().to_str().unwrap();
    let import = ["import-legacy", "--database", &url, "--files", files];
    let (ok, _, error) = text(&pythonide(folder.path(), &import));
    assert!(ok, "{error}");
    assert!(old.everything().await == before);
    run(old.url(), "DROP OWNED BY adoption_reader").await;
}

#[tokio::test]
async fn an_import_into_postgresql_works_too() {
    let old = Old::with_people().await;
    let new = TestDatabase::empty(Engine::Postgres).await;
    fs::write(old.home("amal").join("one.py"), "1").unwrap();
    let (folder, into) = (fresh_folder(), fresh_folder());
    let into = into.path().join("efs");
    let (database, into) = (new.url().expose(), into.to_str().unwrap());
    let (ok, _, error) = old.import(folder.path(), &["--database-url", database]);
    assert!(
        !ok && error.contains("Give --into-files or EFS_MOUNT_PATH"),
        "{error}"
    );
    let more = ["--database-url", database, "--into-files", into];
    let (ok, _, error) = old.import(folder.path(), &more);
    assert!(ok, "{error}");
    assert_eq!(
        fs::read_to_string(format!("{into}/Local/amal/one.py")).unwrap(),
        "1"
    );
    let noted = "SELECT action || ' ' || subject FROM audit ORDER BY 1";
    let noted: Vec<_> = texts(new.url(), noted)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(
        noted,
        [
            "user.created amal",
            "user.created ines",
            "user.created zuri",
            "user.deactivated zuri"
        ]
    );
    let members = "SELECT username || ' ' || name FROM users JOIN memberships ON user_id = users.id
                     JOIN classes ON class_id = classes.id ORDER BY 1";
    let members: Vec<_> = texts(new.url(), members)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(members, ["amal Class", "ines Class", "zuri Class"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_a_sentence_and_changes_nothing() {
    let old = Old::empty().await;
    let folder = fresh_folder();
    for (change, said) in [
        (
            "ALTER TABLE users DROP COLUMN full_name",
            "pythonide: the table users of the old database lacks the column full_name\n",
        ),
        (
            "ALTER TABLE users RENAME COLUMN role TO kind",
            "pythonide: the table users of the old database lacks the columns full_name, role\n",
        ),
        (
            "ALTER TABLE users RENAME TO people",
            "pythonide: the old database has no table users\n",
        ),
    ] {
        run(old.url(), change).await;
        let (ok, output, error) = old.import(folder.path(), &[]);
        assert!(!ok && output.is_empty());
        assert_eq!(error, said);
    }
    let files = old.files.path().to_str().unwrap();
    let elsewhere = old.url().expose();
    for (url, files, said) in [
        (
            "sqlite:///old.db",
            files,
            "the old database must be PostgreSQL",
        ),
        (
            "mysql://ide:hunter22@db/x",
            files,
            "the database is given as",
        ),
        (
            "postgresql://ide:hunter22@127.0.0.1:1/x",
            files,
            "nothing listens there",
        ),
        (
            elsewhere,
            "/nowhere",
            "could not open the old homes, /nowhere/Local",
        ),
    ] {
        let import = ["import-legacy", "--database", url, "--files", files];
        let (ok, output, error) = text(&pythonide(folder.path(), &import));
        assert!(!ok && output.is_empty());
        assert!(
            error.contains(said) && !error.contains("hunter22"),
            "{error}"
        );
    }
    assert!(!folder.path().join("database").exists());
}
