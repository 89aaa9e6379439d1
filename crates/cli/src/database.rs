//! Opening the database that the settings mean.

use std::{
    os::unix::fs::{MetadataExt, chown},
    path::Path,
};

use anyhow::{Context, bail};
use pythonide_sandbox::identity::is_root;
use pythonide_server::{
    DatabaseSettings, ExposeSecret,
    store::{DatabaseUrl, Db},
};

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

/// Opens the database for a command of the operator, migrated.
pub(crate) async fn open(settings: &DatabaseSettings, data: Option<&Data>) -> anyhow::Result<Db> {
    let db = Db::open(&url(settings, data)?, settings.database_connections).await?;
    db.migrate().await?;
    if let Some(data) = data {
        give_to_server(&data.database_folder())?;
    }
    Ok(db)
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
