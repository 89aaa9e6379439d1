//! `pythonide users deactivate` and `activate`

use clap::Args;
use pythonide_server::{app::users, domain::Username};
use serde_json::json;

use super::Installation;
use crate::output;

/// Keeps somebody out: ends all sessions of that user at once, and lets nobody sign in as them. Files stay.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pythonide users deactivate aruiz")]
pub(super) struct Deactivate {
    #[command(flatten)]
    whom: Whom,
}

/// Lets somebody in again, with the password they had.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pythonide users activate aruiz")]
pub(super) struct Activate {
    #[command(flatten)]
    whom: Whom,
}

#[derive(Debug, Args)]
struct Whom {
    /// Whom.
    #[arg(value_parser = |text: &str| Username::parse(text).map_err(|problem| problem.to_string()))]
    username: Username,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Deactivate {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        self.whom.set_active(at, false).await
    }
}

impl Activate {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        self.whom.set_active(at, true).await
    }
}

impl Whom {
    async fn set_active(self, at: &Installation, is_active: bool) -> anyhow::Result<()> {
        let Self { username, json } = self;
        let is_changed = users::set_active(at.db(), &at.clock, &username, is_active).await?;
        if json {
            let username = username.as_str();
            return output::json(
                &json!({ "username": username, "is_active": is_active, "is_changed": is_changed }),
            );
        }
        let sentence = match (is_active, is_changed) {
            (false, true) => "may no longer sign in, and is signed out everywhere.",
            (false, false) => "could not sign in before either.",
            (true, true) => "may sign in again.",
            (true, false) => "may sign in already.",
        };
        output::line(format_args!("{username} {sentence}"));
        Ok(())
    }
}
