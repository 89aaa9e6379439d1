#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod cluster;
mod programs;
mod raw;
mod stale;

pub use raw::{run, texts};

use pythonide_store::{DatabaseUrl, Db, Engine};
use tempfile::TempDir;

/// How many connections a test may have at once; concurrent writers need two, a reader beside them a third.
const CONNECTIONS: u32 = 4;

/// A database that nobody else uses, removed on drop.
///
/// Every function panics with the reason when the database can't be had: a test can do nothing about it.
#[derive(Debug)]
pub struct TestDatabase {
    db: Db,
    url: DatabaseUrl,
    _home: Home,
}

/// What goes when the test ends.
#[derive(Debug)]
enum Home {
    Folder { _folder: TempDir },
    Server { _database: cluster::Database },
}

impl TestDatabase {
    /// Makes a SQLite file with the schema of this program.
    pub async fn sqlite() -> Self {
        let database = Self::empty(Engine::Sqlite).await;
        database
            .db
            .migrate()
            .await
            .expect("a new file can be migrated");
        database
    }

    /// Makes a PostgreSQL database with the schema of this program.
    pub async fn postgres() -> Self {
        Self::on_server(cluster::running().await.create_migrated().await).await
    }

    /// Makes a database without any table.
    pub async fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("test.db").display());
                Self::open(&url, Home::Folder { _folder: folder }).await
            }
            Engine::Postgres => {
                Self::on_server(cluster::running().await.create_empty().await).await
            }
        }
    }

    /// Returns the connections of the test.
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// Returns where it is, for a second process or a tool.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Opens connections of their own, as another server would.
    pub async fn connect(&self) -> Db {
        Db::open(&self.url, CONNECTIONS)
            .await
            .expect("the database of the test is there")
    }

    async fn on_server(database: cluster::Database) -> Self {
        let url = database.url();
        Self::open(
            &url,
            Home::Server {
                _database: database,
            },
        )
        .await
    }

    async fn open(url: &str, home: Home) -> Self {
        let url: DatabaseUrl = url.parse().expect("an address made above");
        let db = Db::open(&url, CONNECTIONS)
            .await
            .expect("the database made above can be opened");
        Self {
            db,
            url,
            _home: home,
        }
    }
}
