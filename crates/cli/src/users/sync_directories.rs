//! `pythonide users sync-directories`: the deployment guide's `sync_user_directories`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use pythonide_host::files::{Owner, Root, homes};
use pythonide_sandbox::Identity;
use pythonide_server::{SHARED_UID, app::users};
use serde_json::json;

use super::Installation;
use crate::output;

/// Makes the home folders that are missing, sets owner and mode where they are not right, and reports
/// folders that are nobody's. Deletes nothing. Run it where the files are mounted, as the host's user.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pythonide users sync-directories --files /mnt/efs")]
pub(super) struct SyncDirectories {
    /// The folder of all students' files; in the data folder when nothing is set.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    files: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl SyncDirectories {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        let files = match (self.files, &at.data) {
            (Some(files), _) => files,
            (None, Some(data)) => data.files(),
            (None, None) => bail!("where are the files? Give --files or EFS_MOUNT_PATH"),
        };
        let users = users::all(at.db()).await?;
        let owners: Vec<_> = users
            .iter()
            .map(|user| Owner::User {
                username: user.username.to_string(),
                identity: Identity::of(user.uid.get()),
            })
            .collect();
        let shared = Owner::Shared {
            identity: Identity::of(SHARED_UID),
        };
        let synced = homes::lay_out(&files, &shared)
            .and_then(|()| homes::sync(&Root::open(&files)?, &owners))
            .with_context(|| format!("could not go through {}", files.display()))?;
        if self.json {
            output::json(&json!({
                "made": synced.made, "mended": synced.mended,
                "orphans": synced.orphans, "problems": synced.problems,
            }))?;
        } else {
            for (what, names) in [
                ("made", &synced.made),
                ("owner or mode mended", &synced.mended),
                ("of nobody, left alone", &synced.orphans),
                ("PROBLEM", &synced.problems),
            ] {
                for name in names {
                    output::line(format_args!("{what}: {name}"));
                }
            }
            output::line(format_args!(
                "{} homes are as they must be.",
                users.len() - synced.problems.len()
            ));
        }
        if synced.problems.is_empty() {
            Ok(())
        } else {
            bail!("some homes could not be mended")
        }
    }
}
