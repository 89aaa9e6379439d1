//! `pythonide users sync-directories`: the deployment guide's `sync_user_directories`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use pythonide_host::files::{
    Owner, Root,
    adoption::{Adoption, OldHomes},
    homes,
};
use pythonide_sandbox::Identity;
use pythonide_server::{SHARED_UID, app::users, domain::User};
use serde_json::json;

use super::Installation;
use crate::output;

/// Makes the home folders that are missing, sets owner and mode where they are not right, and reports
/// folders that are nobody's. Deletes nothing. Run it where the files are mounted, as the host's user.
///
/// Each account has a number of its own (the uid in `users list`), which is never given again and owns
/// the account's files. So when an account was removed and its name given to somebody else, or to the
/// same person anew, the folder of that name is still the first one's: it is left alone, and whoever
/// has the name now is told so, until you decide with --give.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide users sync-directories --files /mnt/efs
  pythonide users sync-directories --files /mnt/efs --give ada")]
pub(super) struct SyncDirectories {
    /// The folder of all students' files; in the data folder when nothing is set.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    files: Option<PathBuf>,
    /// Gives the folder of this name, with all that is in it and in its trash, to the account that has the
    /// name now; can be repeated.
    #[arg(long, value_name = "NAME")]
    give: Vec<String>,
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
        if let Some(nobody) = self.give.iter().find(|name| {
            let is_theirs = |user: &User| user.username.as_str() == name.as_str();
            !users.iter().any(is_theirs)
        }) {
            bail!("there is no account {nobody} to give a folder to");
        }
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
        let mut synced = homes::lay_out(&files, &shared)
            .and_then(|()| {
                let is_given = |name: &str| self.give.iter().any(|given| given == name);
                homes::sync(&Root::open(&files)?, &owners, is_given)
            })
            .with_context(|| format!("could not go through {}", files.display()))?;
        let mut given = 0;
        for user in &users {
            if self.give.iter().any(|name| user.username.as_str() == name) {
                let (count, problems) = give_all(&files, user)
                    .with_context(|| format!("could not give {} its folder", user.username))?;
                given += count;
                synced.problems.extend(problems);
            }
        }
        if self.json {
            output::json(&json!({
                "given": given, "made": synced.made, "mended": synced.mended,
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
            if !self.give.is_empty() {
                output::line(format_args!("{given} files and folders given."));
            }
            output::line(format_args!(
                "{} homes are as they must be.",
                users.len().saturating_sub(synced.problems.len())
            ));
        }
        if synced.problems.is_empty() {
            Ok(())
        } else {
            bail!("some homes could not be mended")
        }
    }
}

/// Gives what is in a home and in its trash to the account; returns how much that was, and what could not be given.
fn give_all(files: &Path, user: &User) -> std::io::Result<(u64, Vec<String>)> {
    let username = user.username.as_str();
    let mut given = 0;
    let mut problems = Vec::new();
    for homes in [OldHomes::open(files)?, OldHomes::of_trash(files)?] {
        let adopted = Adoption {
            old: &homes,
            old_name: username,
            root: None,
            username,
            owner: Some(Identity::of(user.uid.get())),
            in_place: true,
            dry_run: false,
        }
        .carry_out();
        given += adopted.given;
        let faults = adopted.problems.into_iter().chain(adopted.skipped);
        problems.extend(faults.map(|fault| format!("{username}: {fault}")));
    }
    Ok((given, problems))
}
