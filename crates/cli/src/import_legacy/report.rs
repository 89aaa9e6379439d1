//! What an import tells: for people or for scripts.

use anyhow::bail;
use pythonide_host::files::adoption::Adopted;
use pythonide_server::app::legacy::{Outcome, Person};
use serde_json::{Value, json};

use super::Brought;
use crate::output;

/// Prints what was done; fails when somebody could not be brought over.
pub(super) fn tell(brought: &[Brought], dry_run: bool, is_json: bool) -> anyhow::Result<()> {
    let has_changed = !dry_run && brought.iter().any(Brought::has_changed);
    if is_json {
        output::json(&json!({
            "dry_run": dry_run,
            "changed": has_changed,
            "people": brought.iter().map(Brought::json).collect::<Vec<_>>(),
        }))?;
    } else {
        for one in brought {
            one.print();
        }
        summarize(brought, dry_run, has_changed);
    }
    match brought.iter().filter(|one| one.has_failed()).count() {
        0 => Ok(()),
        1 => bail!("1 user could not be brought over whole"),
        many => bail!("{many} users could not be brought over whole"),
    }
}

fn summarize(brought: &[Brought], dry_run: bool, has_changed: bool) {
    let accounts = |word: &str| brought.iter().filter(|one| one.word() == word).count();
    let files = |count: fn(&Adopted) -> u64| brought.iter().map(|one| count(&one.files)).sum();
    let (copied, given, same): (u64, u64, u64) = (
        files(|files| files.copied),
        files(|files| files.given),
        files(|files| files.same),
    );
    let would = if dry_run { " would be" } else { "" };
    output::line(format_args!(
        "Accounts: {}{would} made, {} there already, {} refused.",
        accounts("made"),
        accounts("there"),
        accounts("refused")
    ));
    output::line(format_args!(
        "Files: {copied}{would} copied, {given}{would} given to their users in place, {same} as they must be already."
    ));
    if !has_changed {
        output::line("Nothing was changed.");
    }
}

impl Brought {
    fn has_changed(&self) -> bool {
        matches!(self.person.outcome, Outcome::Made(_))
            || self.home_changed
            || self.files.has_changed()
    }

    fn has_failed(&self) -> bool {
        matches!(self.person.outcome, Outcome::Refused(_)) || !self.files.problems.is_empty()
    }

    /// What becomes of the account; the same word while it is only tried.
    fn word(&self) -> &'static str {
        match self.person.outcome {
            Outcome::Make(_) | Outcome::Made(_) => "made",
            Outcome::There(_) => "there",
            Outcome::Refused(_) => "refused",
        }
    }

    fn print(&self) {
        let Person {
            old_name,
            outcome,
            notes,
        } = &self.person;
        let old = if old_name.is_empty() {
            "(no name)"
        } else {
            old_name
        };
        let (name, role, is_active) = match outcome {
            Outcome::Refused(reason) => {
                output::line(format_args!("{:<8} {old:?}: {reason}", self.word()));
                return;
            }
            Outcome::Make(new) => (&new.user.username, new.user.role, new.is_active),
            Outcome::Made(user) | Outcome::There(user) => {
                (&user.username, user.role, user.is_active)
            }
        };
        let state = if is_active { "" } else { ", may not sign in" };
        let was = if name.as_str() == old {
            String::new()
        } else {
            format!(", was {old:?}")
        };
        output::line(format_args!(
            "{:<8} {name} ({role}{state}{was}): {}",
            self.word(),
            files(&self.files)
        ));
        for (what, told) in [
            ("note", notes),
            ("left alone, for it differs", &self.files.differing),
            ("left out", &self.files.skipped),
            ("PROBLEM", &self.files.problems),
        ] {
            for line in told {
                output::line(format_args!("{:<8} {what}: {line}", ""));
            }
        }
    }

    fn json(&self) -> Value {
        let (username, role, is_active, uid, reason) = match &self.person.outcome {
            Outcome::Refused(reason) => (None, None, None, None, Some(reason)),
            Outcome::Make(new) => (
                Some(new.user.username.as_str()),
                Some(new.user.role.as_str()),
                Some(new.is_active),
                None,
                None,
            ),
            Outcome::Made(user) | Outcome::There(user) => (
                Some(user.username.as_str()),
                Some(user.role.as_str()),
                Some(user.is_active),
                Some(user.uid.get()),
                None,
            ),
        };
        let Adopted {
            is_missing,
            copied,
            made,
            given,
            same,
            differing,
            skipped,
            problems,
        } = &self.files;
        json!({
            "old_username": self.person.old_name,
            "username": username,
            "account": self.word(),
            "reason": reason,
            "role": role,
            "is_active": is_active,
            "uid": uid,
            "notes": self.person.notes,
            "files": {
                "is_missing": is_missing,
                "copied": copied,
                "folders_made": made,
                "given": given,
                "same": same,
                "differing": differing,
                "left_out": skipped,
                "problems": problems,
            },
        })
    }
}

fn files(files: &Adopted) -> String {
    if files.is_missing {
        return "no files".to_owned();
    }
    let counts = [
        (files.copied, "copied"),
        (files.given, "given in place"),
        (files.same, "as they must be"),
    ];
    let told: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if told.is_empty() {
        "no files".to_owned()
    } else {
        format!("files: {}", told.join(", "))
    }
}
