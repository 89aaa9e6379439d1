//! Opens a SQLite file so that nothing acknowledged is lost, and only where its locks can be trusted.

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::Access;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::db::Pools;
use crate::error::StoreError;

/// How long a writer waits for another, in this process or in one beside it.
const BUSY: Duration = Duration::from_secs(10);

/// Whether the table of applied migrations exists.
pub(crate) const HAS_MIGRATIONS: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

/// The machine's clock, as sqlx writes times.
pub(crate) const NOW: &str = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')";

const DATA_VERSION: &str = "PRAGMA data_version";

/// Returns a number that changes when another connection than the writer's, of this process or another, has written to the
/// file. Two numbers can be compared only if they come from the same connection, which the writer's is while nothing fails.
pub(crate) async fn data_version(writer: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(DATA_VERSION).fetch_one(writer).await
}

/// Opens or makes the file.
pub(crate) async fn open(path: &Path, max_connections: u32) -> Result<Pools, StoreError> {
    prepare_file(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await
        .map_err(|source| StoreError::while_doing("OPEN", source))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(BUSY)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { readers, writer })
}

/// Makes the file before SQLite does, which would let everybody on the machine read it, students' programs included.
/// SQLite gives the files beside it (`-wal`, `-shm`) the same permissions.
fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let failed = |source: io::Error| StoreError::File {
        path: path.to_owned(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let system = rustix::fs::statfs(folder).map_err(io::Error::from);
    let magic = system.map_err(failed)?.f_type.cast_unsigned() & 0xffff_ffff;
    if let Some(kind) = network_file_system(magic) {
        return Err(StoreError::NetworkFileSystem {
            path: path.to_owned(),
            kind,
        });
    }
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| {
        let error = io::Error::from(error);
        let said = format!(
            "its journal cannot be made beside it, in {} ({error})",
            folder.display()
        );
        failed(io::Error::new(error.kind(), said))
    })?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o007 != 0 {
        file.set_permissions(Permissions::from_mode(mode & 0o770))
            .map_err(failed)?;
    }
    Ok(())
}

/// Returns the name of a file system whose locks or shared memory don't reach every machine that mounts it; the numbers are
/// those of statfs(2) and the kernel's `magic.h`.
fn network_file_system(magic: u64) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0xfe53_4d42 => Some("SMB"),
        0xff53_4d42 => Some("CIFS"),
        0x517b => Some("SMB 1"),
        0x6573_5546 => Some("FUSE"),
        0x0102_1997 => Some("9P"),
        0x00c3_6400 => Some("Ceph"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pools, data_version, network_file_system, open};

    #[tokio::test]
    async fn every_connection_is_durable_and_only_the_writer_writes() {
        let folder = tempfile::tempdir().unwrap();
        let pools = open(&folder.path().join("ide.db"), 2).await.unwrap();
        let Pools::Sqlite { readers, writer } = pools else {
            panic!("{pools:?}")
        };
        for (pool, query_only) in [(&writer, 0), (&readers, 1)] {
            let pragma = async |text| sqlx::query_scalar::<_, i64>(text).fetch_one(pool).await;
            assert_eq!(pragma("PRAGMA synchronous").await.unwrap(), 2, "FULL");
            assert_eq!(pragma("PRAGMA foreign_keys").await.unwrap(), 1);
            assert_eq!(pragma("PRAGMA busy_timeout").await.unwrap(), 10_000);
            assert_eq!(pragma("PRAGMA query_only").await.unwrap(), query_only);
            let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
                .fetch_one(pool)
                .await
                .unwrap();
            assert_eq!(mode, "wal");
        }
        let written = sqlx::query("CREATE TABLE around (the INTEGER)")
            .execute(&readers)
            .await;
        assert!(written.is_err());
    }

    #[tokio::test]
    async fn only_what_others_write_changes_the_version_that_the_writer_sees() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ide.db");
        let mut pools = Vec::new();
        for _ in 0..2 {
            let Pools::Sqlite { writer, .. } = open(&path, 1).await.unwrap() else {
                panic!("another engine")
            };
            pools.push(writer);
        }
        let [ours, others] = &pools[..] else {
            panic!("two")
        };
        let before = data_version(ours).await.unwrap();
        for (writer, is_noticed) in [(ours, false), (others, true)] {
            let write = sqlx::query("CREATE TABLE IF NOT EXISTS around (the INTEGER)");
            write.execute(writer).await.unwrap();
            let write = sqlx::query("INSERT INTO around VALUES (1)");
            write.execute(writer).await.unwrap();
            let now = data_version(ours).await.unwrap();
            assert_eq!(now != before, is_noticed);
        }
    }

    #[test]
    fn local_disks_are_told_from_network_file_systems() {
        for (magic, kind) in [
            (0x6969, Some("NFS")),
            (0xfe53_4d42, Some("SMB")),
            (0xff53_4d42, Some("CIFS")),
            (0x6573_5546, Some("FUSE")),
            (0xef53, None),
            (0x5846_5342, None),
            (0x9123_683e, None),
            (0x0102_1994, None),
            (0x794c_7630, None),
        ] {
            assert_eq!(network_file_system(magic), kind, "{magic:x}");
        }
    }
}
