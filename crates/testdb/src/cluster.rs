//! The PostgreSQL server of this test process: started when the first test asks, gone when the process is.
//!
//! ```text
//! test process ── pipe ──► guard (sh) ── child ──► postgres
//! ```
//!
//! A static is never dropped, a panic may abort, and a kill can't be caught; so the server is not stopped by this process but by a
//! guard beside it. The guard reads a pipe whose other end only this process holds. When the process ends, in whatever way, the
//! kernel closes that end: the guard wakes, ends the server and removes its folder. The guard has a process group of its own,
//! so Ctrl-C does not reach it.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use pythonide_store::{DatabaseUrl, Db};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::programs::Programs;
use crate::stale::{self, Folder};

/// What every test's database is copied from.
const TEMPLATE: &str = "pythonide_template";

/// `$1` is the folder to remove, the rest starts the server. Its output is closed but for the server, so that reading it ends
/// with the server.
const GUARD: &str = r#"
folder=$1; shift
"$@" 2>&1 &
server=$!
exec > /dev/null 2>&1
cat
kill -QUIT "$server"
wait "$server"
rm -rf -- "$folder"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: Folder,
    /// Holds our end of the guard's pipe.
    _guard: Child,
}

/// A database on the server, dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    cluster: &'static Cluster,
    name: String,
}

/// Returns the server, started by the first who asks; panics with the reason if it can't be.
pub(crate) async fn running() -> &'static Cluster {
    static CLUSTER: OnceCell<Result<Cluster, String>> = OnceCell::const_new();
    let cluster = CLUSTER.get_or_init(|| async {
        let cluster = tokio::task::spawn_blocking(Cluster::start).await;
        let cluster = cluster.map_err(|error| error.to_string())??;
        cluster.make_template().await?;
        Ok(cluster)
    });
    cluster
        .await
        .as_ref()
        .unwrap_or_else(|reason| panic!("no PostgreSQL to test with: {reason}"))
}

impl Cluster {
    /// Makes a copy of the migrated template.
    pub(crate) async fn create_migrated(&'static self) -> Database {
        self.create(TEMPLATE).await
    }

    /// Makes a database without any table.
    pub(crate) async fn create_empty(&'static self) -> Database {
        self.create("template0").await
    }

    async fn create(&'static self, template: &str) -> Database {
        static CREATED: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", CREATED.fetch_add(1, Ordering::Relaxed));
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .unwrap_or_else(|reason| panic!("could not make a database to test with: {reason}"));
        Database {
            cluster: self,
            name,
        }
    }

    fn start() -> Result<Self, String> {
        stale::sweep();
        let programs = Programs::find()?;
        let folder =
            Folder::make().map_err(|error| format!("no folder for PostgreSQL: {error}"))?;
        programs
            .give(&folder.path)
            .map_err(|error| format!("can't give the folder away: {error}"))?;
        let data = folder.path.join("data").display().to_string();
        programs.run(
            "initdb",
            &[
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
                &data,
            ],
        )?;
        let guard = start_guard(&programs, &folder, &data)?;
        Ok(Self {
            folder,
            _guard: guard,
        })
    }

    async fn make_template(&self) -> Result<(), String> {
        self.administer(&format!("CREATE DATABASE {TEMPLATE}"))
            .await?;
        let url: DatabaseUrl = self.url(TEMPLATE).parse().map_err(text)?;
        let db = Db::open(&url, 1).await.map_err(text)?;
        db.migrate()
            .await
            .map_err(|error| format!("the migrations fail: {error:?}"))?;
        // A database that somebody is connected to can't be copied.
        db.close().await;
        Ok(())
    }

    async fn administer(&self, command: &str) -> Result<(), String> {
        let mut connection = PgConnection::connect(&self.url("postgres"))
            .await
            .map_err(text)?;
        sqlx::raw_sql(AssertSqlSafe(command))
            .execute(&mut connection)
            .await
            .map_err(text)?;
        connection.close().await.map_err(text)
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgresql://postgres@localhost/{database}?host={}",
            self.folder.path.display()
        )
    }
}

impl Database {
    /// Returns where it is.
    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.name)
    }
}

impl Drop for Database {
    /// Works from a thread with a runtime of its own, as the test's is busy dropping this. What fails is swept with the server.
    fn drop(&mut self) {
        let command = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let cluster = self.cluster;
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.map(|runtime| runtime.block_on(cluster.administer(&command)))
        });
        let _ = dropping.join();
    }
}

/// Returns once the server has said that it takes connections.
fn start_guard(programs: &Programs, folder: &Folder, data: &str) -> Result<Child, String> {
    let socket = folder.path.display().to_string();
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "sh", &socket])
        .args(programs.words("postgres"))
        .args(["-D", data, "-k", &socket, "-c", "listen_addresses="])
        .args([
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "synchronous_commit=off",
        ])
        .args(["-c", "max_connections=200", "-c", "autovacuum=off"])
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("could not run sh: {error}"))?;
    let output = guard
        .stdout
        .take()
        .ok_or("the server's output is not piped")?;
    let mut output = BufReader::new(output);
    let mut log = String::new();
    while !log.contains("ready to accept connections") {
        if output.read_line(&mut log).map_err(text)? == 0 {
            return Err(format!("postgres ended before it was ready: {log}"));
        }
    }
    // A full pipe would stop the server.
    std::thread::spawn(move || io::copy(&mut output, &mut io::sink()));
    Ok(guard)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
