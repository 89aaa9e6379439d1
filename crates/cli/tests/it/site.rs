//! What processes of one installation share: a PostgreSQL, a folder of files, the keys.

use std::{
    io::Write,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
};

use pythonide_testdb::TestDatabase;
use pythonide_testkit::{
    alone::Alone,
    product::{PASSWORD, fresh_folder, python},
};
use tempfile::TempDir;

const LINK_KEY: &str = "fedcba9876543210fedcba9876543210";
const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) database: TestDatabase,
    _alone: Alone,
}

impl Site {
    /// Waits until there is no other product, and makes one with these students.
    pub(crate) async fn of(students: &[&str]) -> Self {
        let alone = Alone::wait();
        let site = Self {
            folder: fresh_folder(),
            database: TestDatabase::postgres().await,
            _alone: alone,
        };
        for name in students {
            site.enroll(name);
        }
        site
    }

    /// A command of the binary, which knows the database and the keys.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pythonide"));
        let log = self.folder.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log);
        command
            .current_dir(self.folder.path())
            .stderr(log.unwrap())
            .env("DATABASE_URL", self.database.url().expose())
            .env("IDE_SECRET_KEY", SECRET_KEY)
            .env("IDE_LINK_KEY", LINK_KEY);
        command
    }

    /// A host with a scratch folder of that name.
    pub(crate) fn host(&self, name: &str, link: &str) -> Command {
        let mut command = self.command();
        command
            .env_remove("DATABASE_URL")
            .env_remove("IDE_SECRET_KEY")
            .args(["host", "--link", link, "--python", &python(), "--files"])
            .arg(self.files())
            .arg("--scratch")
            .arg(self.folder.path().join(name));
        command
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn enroll(&self, name: &str) {
        let mut child = self
            .command()
            .args(["users", "add", name, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{PASSWORD}").unwrap();
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

/// A port of 127.0.0.1 where nobody listens now.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}
