//! `pythonide users reset-password`

use clap::Args;
use pythonide_server::{ExposeSecret, app::users, domain::Username};
use serde_json::json;

use super::{Installation, read_or_make_password};
use crate::output;

/// Gives somebody a new password, prints it, and ends all sessions of that user.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pythonide users reset-password aruiz")]
pub(super) struct ResetPassword {
    /// Whose.
    #[arg(value_parser = |text: &str| Username::parse(text).map_err(|problem| problem.to_string()))]
    username: Username,
    /// Reads the password from standard input instead of making one.
    #[arg(long)]
    password_stdin: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl ResetPassword {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        let (password, is_made) = read_or_make_password(self.password_stdin)?;
        users::reset_password(at.db(), &at.clock, &self.username, &password).await?;
        let shown = is_made.then(|| password.expose_secret().to_owned());
        if self.json {
            return output::json(&json!({ "username": self.username.as_str(), "password": shown }));
        }
        output::line(format_args!(
            "{} has a new password and is signed out everywhere.",
            self.username
        ));
        if let Some(password) = shown {
            output::line(format_args!("Password, shown this once: {password}"));
        }
        Ok(())
    }
}
