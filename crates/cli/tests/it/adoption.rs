//! An older installation's users and files come over, and its passwords go on to work.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
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
struct Old {
    database: TestDatabase,
    files: TempDir,
}

impl Old {
    /// One without users.
    async fn empty() -> Self {
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
    async fn with_people() -> Self {
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

    fn home(&self, name: &str) -> PathBuf {
        let home = self.files.path().join("Local").join(name);
        fs::create_dir_all(&home).unwrap();
        home
    }

    fn import(&self, folder: &Path, more: &[&str]) -> (bool, String, String) {
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
    async fn everything(&self) -> Vec<String> {
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
                    "{path:?} {:o} {} {:?} {content:?}",
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

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
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
    let refuse =
        "CREATE TRIGGER refuse BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'no'); END";
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
async fn files_are_copied_whole_and_nothing_is_followed_or_overwritten() {
    let old = Old::with_people().await;
    let home = old.home("amal");
    fs::create_dir_all(home.join("lists/deep")).unwrap();
    for (name, content, mode) in [
        ("dice.py", "print(6)", 0o640),
        ("tool", "#!/bin/sh", 0o4755),
        ("lists/deep/größe 🎲.txt", "tief", 0o444),
        (".hidden", "", 0o600),
        ("lists/mine.py", "old", 0o644),
        ("lists/other", "a file", 0o644),
        (".pythonide-save-x", "left over", 0o644),
    ] {
        fs::write(home.join(name), content).unwrap();
        fs::set_permissions(home.join(name), Permissions::from_mode(mode)).unwrap();
    }
    fs::write(home.join("big"), vec![7; 3_000_000]).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    let dice = fs::File::open(home.join("dice.py")).unwrap();
    dice.set_modified(long_ago).unwrap();
    fs::set_permissions(home.join("lists/deep"), Permissions::from_mode(0o500)).unwrap();
    symlink("/etc/passwd", home.join("passwd")).unwrap();
    symlink("/etc", home.join("lists/etc")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    symlink(&home, old.files.path().join("Local/zuri")).unwrap();

    let folder = fresh_folder();
    let new = folder.path().join("files/Local/amal");
    fs::create_dir_all(new.join("lists/other")).unwrap();
    fs::write(new.join("lists/mine.py"), "new").unwrap();
    // A data folder begins with its database.
    fs::create_dir(folder.path().join("database")).unwrap();
    symlink("/etc", new.join("big")).unwrap();
    let before = old.everything().await;
    let (ok, output, error) = old.import(folder.path(), &[]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "made     amal (student): files: 4 copied\n\
         \u{20}        left alone, for it differs: big\n\
         \u{20}        left alone, for it differs: lists/mine.py\n\
         \u{20}        left alone, for it differs: lists/other\n\
         \u{20}        left out: .pythonide-save-x (a name that is kept for this program)\n\
         \u{20}        left out: lists/etc (a link)\n\
         \u{20}        left out: passwd (a link)\n\
         \u{20}        left out: pipe (a pipe)\n\
         made     ines (professor): no files\n\
         made     zuri (student, may not sign in): no files\n\
         \u{20}        left out: the home, which is a link or no folder\n\
         Accounts: 3 made, 0 there already, 0 refused.\n\
         Files: 4 copied, 0 given to their users in place, 0 as they must be already.\n"
    );
    assert!(
        old.everything().await == before,
        "the old files were written"
    );

    for (name, content, mode) in [
        ("dice.py", Some("print(6)"), 0o640),
        ("tool", Some("#!/bin/sh"), 0o755),
        ("lists/deep", None, 0o500),
        ("lists/deep/größe 🎲.txt", Some("tief"), 0o444),
        (".hidden", Some(""), 0o600),
        ("lists/mine.py", Some("new"), 0o644),
    ] {
        let found = new.join(name).symlink_metadata().unwrap();
        assert_eq!(found.mode() & 0o7777, mode, "{name}");
        if let Some(content) = content {
            assert_eq!(
                fs::read_to_string(new.join(name)).unwrap(),
                content,
                "{name}"
            );
        }
        if is_root() && name != "lists/mine.py" {
            assert_eq!((found.uid(), found.gid()), (20_000, 20_000), "{name}");
        }
    }
    let dice = new.join("dice.py").metadata().unwrap();
    assert_eq!(dice.modified().unwrap(), long_ago);
    assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o700);
    let mut names: Vec<_> = fs::read_dir(&new)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".hidden", "big", "dice.py", "lists", "tool"]);

    let (ok, output, _) = old.import(folder.path(), &[]);
    assert!(ok && output.ends_with("Nothing was changed.\n"), "{output}");
}

#[tokio::test]
async fn files_in_the_same_folder_stay_and_are_given_to_their_users() {
    let old = Old::with_people().await;
    let home = old.home("amal");
    fs::create_dir(home.join("lists")).unwrap();
    fs::write(home.join("lists/one.py"), "1").unwrap();
    fs::write(home.join("two.py"), "2").unwrap();
    let outside = old.files.path().join("outside.py");
    fs::write(&outside, "not theirs").unwrap();
    fs::hard_link(&outside, home.join("linked.py")).unwrap();
    symlink(&outside, home.join("symlinked.py")).unwrap();
    if is_root() {
        for path in ["", "lists", "lists/one.py", "two.py"] {
            chown(home.join(path), Some(1_234), Some(1_234)).unwrap();
        }
    }
    let before = (
        home.join("two.py").metadata().unwrap().ino(),
        outside.metadata().unwrap().uid(),
    );
    let folder = fresh_folder();
    let files = old
        .files
        .path()
        .join("../")
        .join(old.files.path().file_name().unwrap());
    let into = ["--into-files", files.to_str().unwrap()];
    let (ok, output, error) = old.import(folder.path(), &into);
    assert!(ok, "{error}");
    if is_root() {
        assert!(
            output.starts_with(
                "made     amal (student): files: 3 given in place\n\
                 \u{20}        left out: linked.py (a file with other names)\n\
                 \u{20}        left out: symlinked.py (a link)\n"
            ),
            "{output}"
        );
        for path in ["", "lists", "lists/one.py", "two.py"] {
            let found = home.join(path).metadata().unwrap();
            assert_eq!((found.uid(), found.gid()), (20_000, 20_000), "{path}");
        }
    }
    let after = (
        home.join("two.py").metadata().unwrap().ino(),
        outside.metadata().unwrap().uid(),
    );
    assert_eq!(after, before);
    assert_eq!(home.metadata().unwrap().mode() & 0o7777, 0o700);
    assert!(!folder.path().join("files").exists());
    let (ok, output, _) = old.import(folder.path(), &into);
    assert!(ok && output.ends_with("Nothing was changed.\n"), "{output}");
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_done_and_does_nothing() {
    let old = Old::with_people().await;
    fs::create_dir(old.home("amal").join("lists")).unwrap();
    fs::write(old.home("amal").join("lists/one.py"), "1").unwrap();
    symlink("/etc/passwd", old.home("amal").join("passwd")).unwrap();
    let before = old.everything().await;
    let folder = fresh_folder();
    let (ok, output, error) = old.import(folder.path(), &["--dry-run", "--class", "New"]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "made     amal (student): files: 1 copied\n\
         \u{20}        left out: passwd (a link)\n\
         made     ines (professor): no files\n\
         made     zuri (student, may not sign in): no files\n\
         Accounts: 3 would be made, 0 there already, 0 refused.\n\
         Files: 1 would be copied, 0 would be given to their users in place, 0 as they must be already.\n\
         Nothing was changed.\n"
    );
    assert!(old.everything().await == before);
    assert!(!folder.path().join("files").exists());
    assert_eq!(
        text(&pythonide(folder.path(), &["users", "list", "--json"])).1,
        "[]\n"
    );
    let files = old.files.path().to_str().unwrap();
    let (ok, _, _) = old.import(folder.path(), &["--dry-run", "--into-files", files]);
    assert!(ok && old.everything().await == before);
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
    assert_eq!(people[2]["is_active"], false);
    assert_eq!(people[3]["account"], "refused");
    assert!(people[3]["reason"].as_str().unwrap().contains("' '"));
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

#[tokio::test]
async fn homes_within_homes_are_refused() {
    let old = Old::with_people().await;
    let folder = fresh_folder();
    let within = old.home("amal");
    let (ok, _, error) = old.import(folder.path(), &["--into-files", within.to_str().unwrap()]);
    assert!(
        !ok && error.contains("cannot be within each other"),
        "{error}"
    );
    assert!(fs::read_dir(within).unwrap().next().is_none());
}
