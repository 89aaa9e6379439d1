//! `pythonide verify-persistence`: the deployment guide's *Testing Persistence* as a command.

mod after;
mod before;
mod client;
mod state;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use self::{after::Line, client::Client, state::State};
use crate::{data::Data, database::Purpose, output, users::Place};

/// Tries that nothing is lost: run `before`, deploy or restore, run `after`.
///
/// `before` signs in as a test student (made if it is missing), twice, makes files and folders with odd names, large
/// and binary and nested ones, and a history of versions, and notes them with all users. `after` compares all of it,
/// prints what persisted, and exits with 1 if anything did not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide verify-persistence before --data /var/lib/pythonide --url http://127.0.0.1:8080
  pythonide verify-persistence after  --data /var/lib/pythonide --url http://127.0.0.1:8080
In a container, with DATABASE_URL and EFS_MOUNT_PATH set; the state goes where the next one finds it:
  pythonide verify-persistence before --state /mnt/efs/.pythonide/persistence.json")]
pub(crate) struct VerifyPersistence {
    #[command(flatten)]
    place: Place,
    /// The server.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    url: String,
    /// Where the notes are kept in between. They hold a password: only you can read them.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "pythonide-persistence.json",
        global = true
    )]
    state: PathBuf,
    /// The folder of all files, to look at owners and modes; in the data folder when nothing is set.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR", global = true)]
    files: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Makes what must persist, and notes it.
    Before,
    /// Compares what is there with the notes.
    After,
    /// Moves what `before` has made to the test student's trash, and removes the notes.
    Clean,
}

impl VerifyPersistence {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Self {
            place,
            url,
            state: notes,
            files,
            json,
            step,
        } = self;
        let purpose = match step {
            Step::Before => Purpose::Writing,
            Step::After | Step::Clean => Purpose::Reading,
        };
        let installation = place.open(purpose).await?;
        let files = files.or_else(|| installation.data.as_ref().map(Data::files));
        let (db, files) = (installation.db(), files.as_deref());
        let client = Client::new(&url);
        let done = match step {
            Step::Before => {
                let state = before::note(db, &client, files).await?;
                state.write(&notes)?;
                tell_noted(&state, &notes, json)
            }
            Step::After => {
                let state = State::read(&notes)?;
                let lines = after::compare(db, &client, files, &state).await?;
                tell_compared(&state, &lines, json)
            }
            Step::Clean => {
                let state = State::read(&notes)?;
                let session = client.sign_in(&state.username, &state.password).await?;
                if let Some(session) = session {
                    session.delete(&state.folder).await?;
                }
                std::fs::remove_file(&notes)?;
                output::note("The test student's files are in its trash, and the notes are gone.");
                Ok(())
            }
        };
        db.close().await;
        done
    }
}

fn tell_noted(state: &State, notes: &Path, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(&json!({
            "state": notes, "username": state.username, "folder": state.folder,
            "users": state.users.len(), "entries": state.entries.len(),
        }));
    }
    output::line(format_args!(
        "Noted in {}: {} users, {} files and folders in “{}” of {}, {} sessions.",
        notes.display(),
        state.users.len(),
        state.entries.len(),
        state.folder,
        state.username,
        state.sessions.len()
    ));
    output::note("Now deploy or restore, and then run: pythonide verify-persistence after");
    Ok(())
}

fn tell_compared(state: &State, lines: &[Line], json: bool) -> anyhow::Result<()> {
    let problems: usize = lines.iter().map(|line| line.problems.len()).sum();
    if json {
        output::json(&json!({
            "persisted": problems == 0, "noted_by": state.version,
            "compared_by": env!("CARGO_PKG_VERSION"), "lines": lines,
        }))?;
    } else {
        for line in lines {
            let verdict = match (line.skipped, line.problems.len()) {
                (Some(why), _) => format!("not compared: {why}"),
                (None, 0) => "persisted".to_owned(),
                (None, count) => format!("{count} NOT AS BEFORE"),
            };
            output::line(format_args!(
                "{:<28} {:>5}  {verdict}",
                line.what, line.compared
            ));
            for problem in &line.problems {
                output::line(format_args!("    {problem}"));
            }
        }
    }
    if problems > 0 {
        bail!("{problems} things are not as they were before");
    }
    Ok(())
}
