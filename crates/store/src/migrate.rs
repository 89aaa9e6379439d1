//! Brings the schema to this program's version, works beside newer versions, and refuses what it cannot use.
//!
//! Versions run side by side in a deployment: a migration only adds, and what is no longer used goes when no program needs
//! it any more. So the database says itself, in the table `oldest_program`, which programs may use it.

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
    APPLIED = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";

    OLDEST_PROGRAM = "SELECT number FROM oldest_program WHERE id = 1";
}

/// How a database that this program can use compares with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It has this program's schema.
    Same,
    /// A newer program has migrated it, in a way that this one can work with: for a time both run side by side.
    Newer {
        /// The newest migration in the database.
        database: i64,
        /// The newest migration in this program.
        program: i64,
    },
}

/// A migration that the database has had.
#[derive(sqlx::FromRow)]
struct Applied {
    version: i64,
    checksum: Vec<u8>,
    success: bool,
}

impl Db {
    /// Applies the migrations that the database lacks; at any moment only one process does.
    ///
    /// Each migration is applied whole or not at all. On SQLite, all of them together. Writes nothing where none is lacking:
    /// a newer program's schema stays as it is.
    pub async fn migrate(&self) -> Result<Schema, StoreError> {
        match self.check_schema().await {
            Err(StoreError::OlderSchema { .. }) => {}
            checked => return checked,
        }
        let migrated = match self.pools() {
            Pools::Sqlite { writer, .. } => migrate_sqlite(writer).await,
            Pools::Postgres(_) => self.migrate_postgres().await?,
        };
        match migrated {
            // A newer program may have been quicker.
            Ok(()) | Err(MigrateError::VersionMissing(_)) => self.check_schema().await,
            Err(MigrateError::Execute(source)) => Err(StoreError::while_doing("MIGRATE", source)),
            Err(other) => Err(StoreError::Migration(other)),
        }
    }

    /// Checks that this program can use the database: its schema is this program's, or a newer one that allows it.
    /// Changes nothing.
    pub async fn check_schema(&self) -> Result<Schema, StoreError> {
        let applied = self.applied().await?;
        let program = newest(self.migrator().iter().map(|known| known.version));
        let database = newest(applied.iter().map(|applied| applied.version));
        if let Some(missing) = self.first_missing(&applied, program)? {
            return Err(if database > program {
                StoreError::Migration(MigrateError::VersionMissing(database))
            } else {
                StoreError::OlderSchema {
                    database: missing - 1,
                    program,
                }
            });
        }
        if database == program {
            return Ok(Schema::Same);
        }
        let (oldest,) = Reader::from(self).one(&OLDEST_PROGRAM, ()).await?;
        if program < oldest {
            return Err(StoreError::NewerSchema {
                database,
                oldest,
                program,
            });
        }
        Ok(Schema::Newer { database, program })
    }

    /// Returns the first of this program's migrations that the database lacks. Refuses a database that has had others.
    fn first_missing(&self, applied: &[Applied], program: i64) -> Result<Option<i64>, StoreError> {
        if let Some(broken) = applied.iter().find(|applied| !applied.success) {
            return Err(StoreError::Migration(MigrateError::Dirty(broken.version)));
        }
        for Applied {
            version, checksum, ..
        } in applied
            .iter()
            .take_while(|applied| applied.version <= program)
        {
            let known = self
                .migrator()
                .iter()
                .find(|known| known.version == *version);
            let problem = match known {
                None => MigrateError::VersionMissing(*version),
                Some(known) if *known.checksum != **checksum => {
                    MigrateError::VersionMismatch(*version)
                }
                Some(_) => continue,
            };
            return Err(StoreError::Migration(problem));
        }
        let has = |version| applied.iter().any(|applied| applied.version == version);
        let known = self.migrator().iter().map(|known| known.version);
        Ok(known.into_iter().find(|version| !has(*version)))
    }

    fn migrator(&self) -> &'static Migrator {
        match self.pools() {
            Pools::Sqlite { .. } => &SQLITE,
            Pools::Postgres(_) => &POSTGRES,
        }
    }

    /// Returns the migrations that the database has had, in their order.
    async fn applied(&self) -> Result<Vec<Applied>, StoreError> {
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
            return Ok(Vec::new());
        }
        Reader::from(self).all(&APPLIED, ()).await
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

/// Returns the highest number, or 0.
fn newest(versions: impl Iterator<Item = i64>) -> i64 {
    versions.max().unwrap_or(0)
}

/// sqlx has no lock for SQLite, so the writer's lock is taken first: two processes that start at once take turns.
async fn migrate_sqlite(writer: &SqlitePool) -> Result<(), MigrateError> {
    let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
    SQLITE.run(&mut *tx).await?;
    Ok(tx.commit().await?)
}
