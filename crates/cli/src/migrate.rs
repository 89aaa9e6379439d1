//! `pythonide migrate`

use clap::Args;
use pythonide_server::DatabaseSettings;

use crate::{DataFolder, database, output};

/// Brings the database to this version. Does nothing when it is there already; safe to run from
/// several machines at once.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  DATABASE_URL=postgresql://ide:password@db:5432/pythonide pythonide migrate"
)]
pub(crate) struct Migrate {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    data: DataFolder,
}

impl Migrate {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let data = crate::users::local_data(&self.database, &self.data)?;
        let url = database::url(&self.database, data.as_ref())?;
        database::open(&self.database, data.as_ref()).await?;
        output::line(format_args!(
            "{url} is at the schema of version {}.",
            env!("CARGO_PKG_VERSION")
        ));
        Ok(())
    }
}
