//! `pythonide users list`

use clap::Args;
use pythonide_server::{app::users, domain::EmailAddress};
use serde_json::json;

use super::Installation;
use crate::output;

/// Lists the accounts, by username.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pythonide users list --json")]
pub(super) struct List {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        let users = users::all(at.db()).await?;
        if self.json {
            let users = users.iter().map(|user| {
                json!({
                    "username": user.username.as_str(),
                    "full_name": user.full_name.as_str(),
                    "email": user.email.as_ref().map(EmailAddress::as_str),
                    "role": user.role.as_str(),
                    "uid": user.uid.get(),
                    "is_active": user.is_active,
                })
            });
            return output::json(&users.collect::<Vec<_>>());
        }
        if users.is_empty() {
            output::note("There is no user yet. Make some with: pythonide users import class.csv");
        }
        for user in users {
            let state = if user.is_active {
                ""
            } else {
                "  (may not sign in)"
            };
            output::line(format_args!(
                "{:<32} {:<10} {:>6}  {}{state}",
                user.username.as_str(),
                user.role.as_str(),
                user.uid,
                user.full_name
            ));
        }
        Ok(())
    }
}
