//! `pythonide users import`: the deployment guide's `create_real_class_users`.

use std::{
    fs::File,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use pythonide_server::{
    ExposeSecret,
    app::{
        AppError,
        roster::{self, Change, Plan},
    },
    domain::{self, ClassName},
};
use serde_json::json;

use super::{Installation, class_name};
use crate::output;

/// Brings a class list in: a CSV file with the columns username, full_name, email, role and password,
/// of which only username is required. Excel's files are taken as they are.
///
/// Every bad row is reported before anything is changed; then all is done or nothing. Existing
/// passwords are never touched unless told. People without one get a readable random password, which
/// is written once, to a file that only you can read. Running it again changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide users import class.csv --dry-run
  pythonide users import class.csv --class 'CS 101' --passwords to-hand-out.csv")]
pub(super) struct Import {
    /// The list.
    #[arg(value_name = "ROSTER.csv")]
    roster: PathBuf,
    /// The class they join, made if it is missing; the default one otherwise.
    #[arg(long, value_parser = class_name)]
    class: Option<ClassName>,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// The new file for the passwords that are made.
    #[arg(long, value_name = "FILE", default_value = "passwords.csv")]
    passwords: PathBuf,
    /// Sets the list's passwords for existing users too.
    #[arg(long)]
    reset_passwords: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    pub(super) async fn run(self, at: &Installation) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.roster)
            .with_context(|| format!("could not read {}", self.roster.display()))?;
        let roster = match domain::roster::parse(&bytes) {
            Ok(roster) => roster,
            Err(problems) => {
                for problem in &problems {
                    output::note(format_args!("{}: {problem}", self.roster.display()));
                }
                bail!(
                    "{} problem(s) in the list; nothing was changed",
                    problems.len()
                );
            }
        };
        let plan = roster::plan(at.db(), roster, self.class.clone(), self.reset_passwords).await?;
        let has_passwords = plan.made_passwords().next().is_some();
        if has_passwords && self.passwords.exists() {
            bail!(
                "{} is there already, and holds passwords perhaps: move it away, or name another file with --passwords",
                self.passwords.display()
            );
        }
        if !self.dry_run {
            let write = || {
                if !has_passwords {
                    return Ok(());
                }
                write_passwords(&self.passwords, &plan).map_err(AppError::internal)
            };
            if let Err(error) = roster::carry_out(at.db(), &at.clock, &plan, write).await {
                // Passwords that are nobody's.
                if has_passwords && let Err(left) = std::fs::remove_file(&self.passwords) {
                    output::note(format_args!("{} is left: {left}", self.passwords.display()));
                }
                return Err(cause(error)).context("nothing was changed");
            }
        }
        self.tell(&plan, has_passwords)
    }

    fn tell(&self, plan: &Plan, has_passwords: bool) -> anyhow::Result<()> {
        let steps = plan.steps();
        let count =
            |wanted: fn(&Change) -> bool| steps.iter().filter(|step| wanted(&step.change)).count();
        let created = count(|change| *change == Change::Create);
        let updated = count(|change| matches!(change, Change::Update(_)));
        let file = (has_passwords && !self.dry_run).then(|| self.passwords.display().to_string());
        if self.json {
            let changes = steps.iter().map(|step| match &step.change {
                Change::Create => json!({ "username": step.username.as_str(), "change": "create" }),
                Change::Update(what) => {
                    json!({ "username": step.username.as_str(), "change": "update", "what": what })
                }
                Change::Nothing => {
                    json!({ "username": step.username.as_str(), "change": "nothing" })
                }
            });
            return output::json(&json!({
                "dry_run": self.dry_run, "changes": changes.collect::<Vec<_>>(), "passwords": file,
            }));
        }
        for step in steps {
            match &step.change {
                Change::Create => output::line(format_args!("create  {}", step.username)),
                Change::Update(what) => {
                    output::line(format_args!(
                        "update  {} ({})",
                        step.username,
                        what.join(", ")
                    ));
                }
                Change::Nothing => {}
            }
        }
        let would = if self.dry_run { "would be " } else { "" };
        output::line(format_args!(
            "{created} {would}created, {updated} {would}updated, {} as they were.",
            steps.len() - created - updated
        ));
        if let Some(file) = file {
            output::line(format_args!(
                "The new passwords are in {file}, which only you can read."
            ));
        }
        Ok(())
    }
}

/// Writes the made passwords to a new file, durably: after the commit nobody knows them otherwise.
fn write_passwords(path: &Path, plan: &Plan) -> std::io::Result<()> {
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(|error| {
        std::io::Error::new(
            error.kind(),
            format!("could not make {}: {error}", path.display()),
        )
    })?;
    let mut text = String::from("username,password\n");
    for (username, password) in plan.made_passwords() {
        text.extend([username.as_str(), ",", password.expose_secret(), "\n"]);
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What is behind a use case's error: an operator sees what a browser must not.
pub(crate) fn cause(error: AppError) -> anyhow::Error {
    match error {
        AppError::Internal(cause) => anyhow::anyhow!(cause),
        other => other.into(),
    }
}
