//! Compares what is there with what was noted.

use std::path::Path;

use pythonide_server::store::Db;
use serde::Serialize;

use super::{
    before::{noted_entries, noted_users},
    client::Client,
    state::{Entry, State},
};

/// What makes an entry another than it was, in words.
type Differs<'differs> = &'differs dyn Fn(&Entry, &Entry) -> Option<String>;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) what: &'static str,
    /// How many were compared.
    pub(super) compared: usize,
    /// What is not as it was, one sentence each.
    pub(super) problems: Vec<String>,
    /// Why nothing could be compared, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skipped: Option<&'static str>,
}

impl Line {
    fn new(what: &'static str, compared: usize, problems: Vec<String>) -> Self {
        Self {
            what,
            compared,
            problems,
            skipped: None,
        }
    }
}

/// Compares all that was noted.
pub(super) async fn compare(
    db: &Db,
    client: &Client,
    files: Option<&Path>,
    state: &State,
) -> anyhow::Result<Vec<Line>> {
    let mut lines = vec![users(db, state).await?];
    let mut problems = Vec::new();
    for (number, cookie) in (1..).zip(&state.sessions) {
        let session = client.session(&state.username, cookie);
        if !session.is_alive().await? {
            problems.push(format!("session {number} has ended"));
        }
    }
    lines.push(Line::new("sessions", state.sessions.len(), problems));
    let signed_in = client.sign_in(&state.username, &state.password).await?;
    let Some(session) = signed_in else {
        let problem = format!(
            "{} cannot sign in with the password any more",
            state.username
        );
        lines.push(Line::new("password", 1, vec![problem]));
        return Ok(lines);
    };
    lines.push(Line::new("password", 1, Vec::new()));
    let home = files.map(|files| files.join("Local").join(&state.username));
    let found = noted_entries(&session, &state.folder, home.as_deref()).await?;
    let all = state.entries.len();
    let each = |differs: Differs<'_>| -> Vec<String> {
        let both = state
            .entries
            .iter()
            .filter_map(|(path, noted)| Some((path, noted, found.get(path)?)));
        both.filter_map(|(path, noted, found)| Some(format!("{path}: {}", differs(noted, found)?)))
            .collect()
    };
    let mut names: Vec<_> = state
        .entries
        .keys()
        .filter(|path| !found.contains_key(*path))
        .map(|path| format!("{path} is gone"))
        .collect();
    names.extend(
        found
            .keys()
            .filter(|path| !state.entries.contains_key(*path))
            .map(|path| format!("{path} was not there before")),
    );
    lines.push(Line::new("names of files and folders", all, names));
    lines.push(Line::new(
        "contents",
        all,
        each(&|noted, found| {
            ((&noted.content, noted.size) != (&found.content, found.size))
                .then(|| format!("{} bytes became {} other ones", noted.size, found.size))
        }),
    ));
    lines.push(Line::new(
        "times",
        all,
        each(&|noted, found| {
            let on_disk = |entry: &Entry| entry.on_disk.as_ref().map(|disk| disk.modified);
            let is_same = noted.modified == found.modified
                && (on_disk(noted).is_none() || on_disk(noted) == on_disk(found));
            (!is_same).then(|| format!("{} became {}", noted.modified, found.modified))
        }),
    ));
    lines.push(owners_and_modes(state, each));
    let mut problems = Vec::new();
    for (path, texts) in &state.histories {
        let found = session.history(path).await?;
        if found != *texts {
            problems.push(format!(
                "{path}: {} of {} versions",
                found.len(),
                texts.len()
            ));
        }
    }
    lines.push(Line::new(
        "versions of files",
        state.histories.len(),
        problems,
    ));
    Ok(lines)
}

async fn users(db: &Db, state: &State) -> anyhow::Result<Line> {
    let now = noted_users(db).await?;
    let problems = state.users.iter().filter_map(|(name, noted)| {
        let Some(found) = now.get(name) else {
            return Some(format!("{name} is gone"));
        };
        (found != noted).then(|| format!("{name}: {noted:?} became {found:?}"))
    });
    Ok(Line::new(
        "users and roles",
        state.users.len(),
        problems.collect(),
    ))
}

fn owners_and_modes(state: &State, each: impl Fn(Differs<'_>) -> Vec<String>) -> Line {
    const WHAT: &str = "owners and modes";
    let noted = state
        .entries
        .values()
        .filter(|entry| entry.on_disk.is_some());
    let compared = noted.count();
    if compared == 0 {
        return Line {
            skipped: Some("the files were not given before (--files)"),
            ..Line::new(WHAT, 0, Vec::new())
        };
    }
    let problems = each(&|noted, found| {
        let noted = noted.on_disk.as_ref()?;
        let Some(found) = &found.on_disk else {
            return Some("cannot be looked at on the disk (--files)".to_owned());
        };
        let is_same = (noted.uid, noted.gid, noted.mode) == (found.uid, found.gid, found.mode);
        (!is_same).then(|| {
            format!(
                "{}:{} {:04o} became {}:{} {:04o}",
                noted.uid, noted.gid, noted.mode, found.uid, found.gid, found.mode
            )
        })
    });
    Line::new(WHAT, compared, problems)
}
