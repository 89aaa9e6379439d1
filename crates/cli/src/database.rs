//! Opening the database that the settings mean.

use std::{
    os::unix::fs::{MetadataExt, chown},
    path::Path,
};

use anyhow::{Context, bail};
use pythonide_sandbox::identity::is_root;
use pythonide_server::{
    DatabaseSettings, ExposeSecret,
    store::{DatabaseUrl, Db, Schema, StoreError},
};
use tempfile::TempDir;

use crate::data::Data;

/// The address of the database: as set, or in the data folder.
pub(crate) fn url(settings: &DatabaseSettings, data: Option<&Data>) -> anyhow::Result<DatabaseUrl> {
    if let Some(url) = &settings.database_url {
        // Not by clap, which would repeat a wrong one, with its password.
        return Ok(url.expose_secret().parse()?);
    }
    if let Some(file) = &settings.database_url_file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("could not read {}", file.display()))?;
        return text
            .trim()
            .parse()
            .with_context(|| format!("{} holds no address", file.display()));
    }
    match data {
        Some(data) => Ok(data.database_url().parse()?),
        None => bail!("no database is set: give --database-url or DATABASE_URL"),
    }
}

/// What a command wants the database for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It only looks.
    Reading,
    /// It changes rows.
    Writing,
}

/// A database that a command can use.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) db: Db,
    /// Holds what is looked at in the place of a database without tables.
    _stand_in: Option<TempDir>,
}

/// Opens the database for a command of the operator.
///
/// A database that has tables is never migrated, for servers of another version may use it: only `migrate` and a server do
/// that. One without tables is made ready to be written; who only looks at it sees a new installation, and nothing is made.
pub(crate) async fn open(
    settings: &DatabaseSettings,
    data: Option<&Data>,
    purpose: Purpose,
) -> anyhow::Result<Opened> {
    let url = url(settings, data)?;
    if purpose == Purpose::Reading && url.file().is_some_and(is_missing_or_empty) {
        if data.is_none() {
            bail!("there is no database at {url}");
        }
        return stand_in().await;
    }
    let db = Db::open(&url, settings.database_connections).await?;
    match (db.check_schema().await, purpose) {
        (Err(StoreError::OlderSchema { database: 0, .. }), Purpose::Reading) => {
            db.close().await;
            return stand_in().await;
        }
        (Err(StoreError::OlderSchema { database: 0, .. }), Purpose::Writing) => {
            db.migrate().await?;
        }
        (checked, _) => {
            checked?;
        }
    }
    if let Some(data) = data {
        give_to_server(&data.database_folder())?;
    }
    Ok(Opened {
        db,
        _stand_in: None,
    })
}

/// Opens and migrates the database.
pub(crate) async fn migrate(
    settings: &DatabaseSettings,
    data: Option<&Data>,
) -> anyhow::Result<Schema> {
    let db = Db::open(&url(settings, data)?, settings.database_connections).await?;
    let schema = db.migrate().await?;
    if let Some(data) = data {
        give_to_server(&data.database_folder())?;
    }
    Ok(schema)
}

/// A new installation's database, which is gone with the value.
async fn stand_in() -> anyhow::Result<Opened> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("new.db").display());
    let db = Db::open(&url.parse()?, 1).await?;
    db.migrate().await?;
    Ok(Opened {
        db,
        _stand_in: Some(folder),
    })
}

/// Whether an SQLite database is still to be made there.
pub(crate) fn is_missing_or_empty(file: &Path) -> bool {
    std::fs::metadata(file).map_or(true, |found| found.len() == 0)
}

/// Gives an SQLite file that root has just made to whoever owns its folder, who is to use it.
pub(crate) fn give_to_owner_of_folder(file: &Path) -> anyhow::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if is_root() && file.exists() {
        let owner = std::fs::metadata(folder)?;
        chown(file, Some(owner.uid()), Some(owner.gid()))
            .with_context(|| format!("could not give {} away", file.display()))?;
    }
    Ok(())
}

/// SQLite's files that root has just made are for the server, which is not root.
fn give_to_server(folder: &Path) -> anyhow::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let owner = std::fs::metadata(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        chown(&path, Some(owner.uid()), Some(owner.gid()))
            .with_context(|| format!("could not give {} to the server", path.display()))?;
    }
    Ok(())
}
