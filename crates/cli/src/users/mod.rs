//! `pythonide users`

mod add;
mod import;
mod list;
mod reset_password;
mod set_active;
mod sync_directories;

pub(crate) use import::cause;

use clap::{Args, Subcommand};
use pythonide_server::{
    DatabaseSettings,
    domain::{ClassName, Clock},
    store::Db,
};

use crate::{
    DataFolder,
    data::Data,
    database::{self, Opened, Purpose},
};

/// Makes, lists and mends accounts.
///
/// A new installation's database is made on the way. One that is there is never migrated by these
/// commands: where they need a newer one they say so, and `pythonide migrate` makes it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide users import class.csv --class 'CS 101'
  pythonide users reset-password aruiz")]
pub(crate) struct Users {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes one account.
    Add(add::Add),
    /// Brings a class list in.
    Import(import::Import),
    /// Lists the accounts.
    List(list::List),
    /// Gives somebody a new password.
    ResetPassword(reset_password::ResetPassword),
    /// Keeps somebody out, and signs them out everywhere.
    Deactivate(set_active::Deactivate),
    /// Lets somebody in again.
    Activate(set_active::Activate),
    /// Makes the home folders that are missing, and reports those of nobody.
    SyncDirectories(sync_directories::SyncDirectories),
}

/// Which installation is meant.
#[derive(Debug, Args)]
pub(crate) struct Place {
    #[command(flatten)]
    database: PlaceDatabase,
    /// Holds the SQLite database and the files when nothing else is set.
    #[arg(
        long,
        env = "IDE_DATA_DIR",
        value_name = "DIR",
        default_value = "pythonide-data",
        global = true
    )]
    data: std::path::PathBuf,
}

/// `DatabaseSettings`, also after the subcommand.
#[derive(Debug, Args)]
struct PlaceDatabase {
    /// sqlite:///path/of/file or postgresql://user:password@host:5432/name.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<pythonide_server::Secret>,
    /// The same, in a file: for secrets that are mounted.
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE", global = true)]
    database_url_file: Option<std::path::PathBuf>,
}

/// What the commands work with.
pub(crate) struct Installation {
    opened: Opened,
    clock: Clock,
    pub(crate) data: Option<Data>,
}

impl Place {
    /// Opens the database, and the data folder if the database is in it.
    pub(crate) async fn open(self, purpose: Purpose) -> anyhow::Result<Installation> {
        let PlaceDatabase {
            database_url,
            database_url_file,
        } = self.database;
        let database = DatabaseSettings {
            database_url,
            database_url_file,
            database_connections: 2,
        };
        let data = local_data(&database, &DataFolder { path: self.data })?;
        let opened = database::open(&database, data.as_ref(), purpose).await?;
        Ok(Installation {
            opened,
            clock: Clock::system(),
            data,
        })
    }
}

impl Installation {
    pub(crate) const fn db(&self) -> &Db {
        &self.opened.db
    }
}

impl Command {
    fn purpose(&self) -> Purpose {
        let only_looks = match self {
            Self::List(_) | Self::SyncDirectories(_) => true,
            Self::Import(import) => import.is_dry_run(),
            _ => false,
        };
        if only_looks {
            Purpose::Reading
        } else {
            Purpose::Writing
        }
    }
}

impl Users {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let installation = self.place.open(self.command.purpose()).await?;
        let done = match self.command {
            Command::Add(add) => add.run(&installation).await,
            Command::Import(import) => import.run(&installation).await,
            Command::List(list) => list.run(&installation).await,
            Command::ResetPassword(reset) => reset.run(&installation).await,
            Command::Deactivate(deactivate) => deactivate.run(&installation).await,
            Command::Activate(activate) => activate.run(&installation).await,
            Command::SyncDirectories(sync) => sync.run(&installation).await,
        };
        // SQLite folds its journal into the file when the last connection closes.
        installation.db().close().await;
        done
    }
}

/// The data folder, if it holds the database.
pub(crate) fn local_data(
    database: &DatabaseSettings,
    data: &DataFolder,
) -> anyhow::Result<Option<Data>> {
    let is_elsewhere = database.database_url.is_some() || database.database_url_file.is_some();
    if is_elsewhere {
        Ok(None)
    } else {
        Data::prepare(&data.path).map(Some)
    }
}

pub(crate) fn class_name(text: &str) -> Result<ClassName, String> {
    ClassName::parse(text).map_err(|problem| problem.to_string())
}

/// A password from standard input, or a new one.
fn read_or_make_password(from_stdin: bool) -> anyhow::Result<(pythonide_server::Secret, bool)> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok((line.trim_end_matches(['\r', '\n']).to_owned().into(), false));
    }
    let made = pythonide_server::domain::password::generate(&mut rand::rng());
    Ok((made.into(), true))
}
