//! `pythonide users add`

use clap::Args;
use pythonide_server::{
    ExposeSecret,
    app::users,
    domain::{ClassName, EmailAddress, FullName, NewUser, Role, Username},
};
use serde_json::json;

use super::{Installation, class_name, read_or_make_password};
use crate::output;

/// Makes one account and prints its password, unless that was given.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pythonide users add aruiz --full-name 'Ana Ruiz' --class 'CS 101'"
)]
pub(super) struct Add {
    /// The name to sign in with, and of the home folder.
    #[arg(value_parser = |text: &str| Username::parse(text).map_err(|problem| problem.to_string()))]
    username: Username,
    /// The name shown.
    #[arg(long, value_parser = |text: &str| FullName::parse(text).map_err(|problem| problem.to_string()))]
    full_name: Option<FullName>,
    /// The address of mail.
    #[arg(long, value_parser = |text: &str| EmailAddress::parse(text).map_err(|problem| problem.to_string()))]
    email: Option<EmailAddress>,
    /// student, professor or admin.
    #[arg(long, default_value = "student", value_parser = |text: &str| Role::parse(text).map_err(|problem| problem.to_string()))]
    role: Role,
    /// The class to join, made if it is missing; the default one otherwise.
    #[arg(long, value_parser = class_name)]
    class: Option<ClassName>,
    /// Reads the password from standard input instead of making one.
    #[arg(long)]
    password_stdin: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Add {
    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        let (password, is_made) = read_or_make_password(self.password_stdin)?;
        let full_name = self
            .full_name
            .unwrap_or_else(|| FullName::from(&self.username));
        let new = NewUser {
            username: self.username,
            full_name,
            email: self.email,
            role: self.role,
        };
        let user = users::add(at.db(), &at.clock, new, &password, self.class.as_ref()).await?;
        let shown = is_made.then(|| password.expose_secret().to_owned());
        if self.json {
            return output::json(&json!({
                "username": user.username.as_str(), "uid": user.uid.get(), "password": shown,
            }));
        }
        output::line(format_args!(
            "{} ({}) can sign in.",
            user.username, user.role
        ));
        if let Some(password) = shown {
            output::line(format_args!("Password, shown this once: {password}"));
        }
        Ok(())
    }
}
