//! Brings the schema to this program's version, and refuses one that is newer.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, SqlitePool};

use crate::db::{Db, Pools};
use crate::engine::{postgres, sqlite};
use crate::error::StoreError;
use crate::reader::Reader;
use crate::url::Target;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

sql! {
    NEWEST_MIGRATION = "SELECT COALESCE(MAX(version), 0) AS newest FROM _sqlx_migrations";
}

impl Db {
    /// Applies the migrations that the database lacks; at any moment only one process does.
    ///
    /// Each migration is applied whole or not at all. On SQLite, all of them together.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrated = match self.pools() {
            Pools::Sqlite { writer, .. } => migrate_sqlite(writer).await,
            Pools::Postgres(_) => self.migrate_postgres().await?,
        };
        migrated.map_err(|error| match error {
            MigrateError::VersionMissing(database) if database > self.program_schema() => {
                StoreError::NewerSchema {
                    database,
                    program: self.program_schema(),
                }
            }
            MigrateError::Execute(source) => StoreError::while_doing("MIGRATE", source),
            other => StoreError::Migration(other),
        })
    }

    /// Checks that the database has the schema of this program, neither older nor newer. Changes nothing.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let (database, program) = (self.database_schema().await?, self.program_schema());
        match database.cmp(&program) {
            std::cmp::Ordering::Less => Err(StoreError::OlderSchema { database, program }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(StoreError::NewerSchema { database, program }),
        }
    }

    /// Returns the number of the newest migration in this program.
    fn program_schema(&self) -> i64 {
        let migrator = match self.pools() {
            Pools::Sqlite { .. } => &SQLITE,
            Pools::Postgres(_) => &POSTGRES,
        };
        migrator
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    /// Returns the number of the newest migration in the database; 0 if none was applied.
    async fn database_schema(&self) -> Result<i64, StoreError> {
        let tables: Result<i64, _> = match self.pools() {
            Pools::Sqlite { readers, .. } => {
                sqlx::query_scalar(sqlite::HAS_MIGRATIONS)
                    .fetch_one(readers)
                    .await
            }
            Pools::Postgres(pool) => {
                sqlx::query_scalar(postgres::HAS_MIGRATIONS)
                    .fetch_one(pool)
                    .await
            }
        };
        if tables.map_err(|source| StoreError::while_doing("HAS_MIGRATIONS", source))? == 0 {
            return Ok(0);
        }
        let (newest,) = Reader::from(self).one(&NEWEST_MIGRATION, ()).await?;
        Ok(newest)
    }

    /// Uses a connection of its own and closes it, as a failed migration leaves its advisory lock behind.
    async fn migrate_postgres(&self) -> Result<Result<(), MigrateError>, StoreError> {
        let Target::Postgres(options) = self.url().target() else {
            unreachable!("a pool of PostgreSQL comes from its address");
        };
        let mut connection = postgres::connect_unlimited(self.url(), options).await?;
        let migrated = POSTGRES.run(&mut connection).await;
        // Nothing is lost if the goodbye is: the server ends the session, and with it the lock.
        if let Err(error) = connection.close().await {
            tracing::debug!(%error, "the connection that migrated did not close in order");
        }
        Ok(migrated)
    }
}

/// sqlx has no lock for SQLite, so the writer's lock is taken first: two processes that start at once take turns.
async fn migrate_sqlite(writer: &SqlitePool) -> Result<(), MigrateError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    SQLITE.run(&mut *tx).await?;
    Ok(tx.commit().await?)
}
