//! `pythonide migrate`: to this version's schema, or to another database.

use anyhow::{Context, bail};
use clap::Args;
use pythonide_server::{
    DatabaseSettings, ExposeSecret, Secret,
    store::{
        DatabaseUrl, Db, Schema,
        transfer::{self, Rows},
    },
};

use crate::{DataFolder, database, output};

/// Brings the database to this version, or all of it into another one.
///
/// Does nothing when the database is at this version already, or at a newer one that this version can
/// use; safe to run from several machines at once, and while servers of the version before run.
///
/// Besides, only a server that starts migrates (`serve`, `server --migrate`). Other commands never do:
/// they say so when they need it.
///
/// With --from and --to it copies a whole installation's database into another one, of either
/// engine: accounts with their passwords and sign-ins, classes, the audit log, runs. The target is
/// made ready first and must hold nobody; nothing is ever overwritten. All is copied or nothing,
/// and every row is compared. The source is only read. Stop the servers before: what they write
/// meanwhile is not copied. The files of students are no part of the database.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  DATABASE_URL=postgresql://ide:password@db:5432/pythonide pythonide migrate
  pythonide migrate --from sqlite:///var/lib/pythonide/database/pythonide.db \\
      --to postgresql://ide@db:5432/pythonide --dry-run
A password may come from PGPASSWORD, so that no list of processes shows it.")]
pub(crate) struct Migrate {
    /// Copies from this database: sqlite:///path/of/file or postgresql://user:password@host:5432/name.
    #[arg(long, value_name = "URL", requires = "to")]
    from: Option<Secret>,
    /// Copies to this one, which must be new.
    #[arg(long, value_name = "URL", requires = "from")]
    to: Option<Secret>,
    /// Prints what would be copied, and changes nothing.
    #[arg(long, requires = "from")]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    data: DataFolder,
}

/// What a copy takes: one to read or write with, and one beside it for the migrations.
const CONNECTIONS: u32 = 2;

impl Migrate {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            return copy(from, to, self.dry_run).await;
        }
        let data = crate::users::local_data(&self.database, &self.data)?;
        let url = database::url(&self.database, data.as_ref())?;
        let version = env!("CARGO_PKG_VERSION");
        match database::migrate(&self.database, data.as_ref()).await? {
            Schema::Same => {
                output::line(format_args!("{url} is at the schema of version {version}."));
            }
            Schema::Newer { database, program } => output::line(format_args!(
                "{url} is at schema {database}, newer than {program}, that of version {version}, which can use it; \
                 nothing was changed."
            )),
        }
        Ok(())
    }
}

async fn copy(from: &Secret, to: &Secret, dry_run: bool) -> anyhow::Result<()> {
    // Not by clap, which would repeat a wrong one, with its password.
    let from: DatabaseUrl = from.expose_secret().parse().context("--from")?;
    let to: DatabaseUrl = to.expose_secret().parse().context("--to")?;
    // Opening makes the file, and would make an empty source of a name that was mistyped.
    if from.file().is_some_and(|file| !file.is_file()) {
        bail!("there is no database at {from}");
    }
    let source = Db::open(&from, CONNECTIONS).await?;
    if dry_run {
        let is_new = to.file().is_some_and(database::is_missing_or_empty);
        let target = if is_new {
            None
        } else {
            Some(Db::open(&to, CONNECTIONS).await?)
        };
        let rows = transfer::preview(&source, target.as_ref()).await?;
        close(&source, target.as_ref()).await;
        tell(&rows);
        output::line(format_args!(
            "would be copied from {from} to {to}; nothing was changed."
        ));
        return Ok(());
    }
    let target = Db::open(&to, CONNECTIONS).await?;
    let rows = transfer::copy(&source, &target)
        .await
        .context("nothing was copied");
    close(&source, Some(&target)).await;
    if let Some(file) = to.file() {
        database::give_to_owner_of_folder(file)?;
    }
    tell(&rows?);
    output::line(format_args!(
        "copied from {from} to {to}, and compared row by row."
    ));
    Ok(())
}

/// SQLite folds its journal into the file when the last connection closes.
async fn close(source: &Db, target: Option<&Db>) {
    source.close().await;
    if let Some(target) = target {
        target.close().await;
    }
}

fn tell(rows: &[Rows]) {
    for Rows { table, count } in rows {
        output::line(format_args!("{table:<12} {count:>8}"));
    }
    let total: u64 = rows.iter().map(|rows| rows.count).sum();
    output::line(format_args!("{:<12} {total:>8}", "rows in all"));
}
