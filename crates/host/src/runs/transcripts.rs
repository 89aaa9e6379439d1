//! The output of everybody's last run, kept over sign-outs, restarts and other hosts.
//!
//! A file for each user: a line of JSON and then the bytes that were in the log. It is for reading
//! again, so what cannot be kept is told to the operator and to nobody else.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cause, End, Log, Mark, Program};
use crate::{files::Owner, own};

/// Beneath the folder of all files, on which every host can be.
const FOLDER: &str = ".pythonide/transcripts";

/// The folder of transcripts.
#[derive(Debug)]
pub(crate) struct Transcripts {
    folder: PathBuf,
    /// The last run that was kept of each user: one is saved while the next is already running.
    newest: Mutex<HashMap<String, Newest>>,
}

/// Held while one is written: a user's transcripts come one after the other, and wait for nobody else's.
type Newest = Arc<Mutex<Uuid>>;

/// How much of a run a transcript has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    /// That it began. Nobody waits for the disk to keep that.
    Begun,
    /// All, to its end.
    #[default]
    Whole,
}

/// What a transcript tells of its run, beside the output.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    run: Uuid,
    /// Whose it was: a name may have been another's before. `None` in those of earlier versions, which
    /// whoever has the name is shown.
    uid: Option<u32>,
    path: String,
    #[serde(default)]
    kept: Kept,
    /// The offset of the first byte that is kept.
    from: u64,
    /// What happened, and where.
    marks: Vec<(u64, Mark)>,
}

/// Of a log: the offset of its first byte, the bytes, what happened and where.
type Contents = (u64, Vec<u8>, Vec<(u64, Mark)>);

impl Transcripts {
    /// The transcripts beneath `files`.
    pub(crate) fn open(files: &Path) -> io::Result<Self> {
        let folder = files.join(FOLDER);
        own::make_folders(&folder)?;
        Ok(Self {
            folder,
            newest: Mutex::default(),
        })
    }

    /// Keeps that a run has begun, in place of what was kept for the user before. If the host is lost, it is the last that
    /// is known of it.
    pub(super) fn begin(&self, owner: &Owner, program: &Program) {
        let marks = vec![(0, Mark::ScriptEnded(End::unseen(Cause::HostLost)))];
        self.keep(owner, program, Kept::Begun, (0, Vec::new(), marks));
    }

    /// Keeps what is in the log now in place of what was kept for the user before.
    pub(super) fn save(&self, owner: &Owner, program: &Program) {
        let (from, bytes, mut marks) = program.log.contents();
        // Figures are kept no longer than their program.
        marks.retain(|(_, mark)| !matches!(mark, Mark::Plot { .. }));
        self.keep(owner, program, Kept::Whole, (from, bytes, marks));
    }

    fn keep(&self, owner: &Owner, program: &Program, kept: Kept, log: Contents) {
        if let Err(error) = self.try_keep(owner, program, kept, log) {
            tracing::error!(username = owner.username(), %error, "a transcript could not be kept");
        }
    }

    fn try_keep(
        &self,
        owner: &Owner,
        program: &Program,
        kept: Kept,
        (from, bytes, marks): Contents,
    ) -> io::Result<()> {
        let (run, is_whole) = (program.id, kept == Kept::Whole);
        let newest = self.newest_of(owner.username());
        // Held to the end: of two that are kept at once the newer stays. Ids are made in the order of time.
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        if *newest > run || (*newest == run && !is_whole) {
            return Ok(());
        }
        *newest = run;
        let about = About {
            run,
            uid: Some(owner.identity().uid),
            path: program.path.clone(),
            kept,
            from,
            marks,
        };
        let temporary = self.folder.join(format!("{run}.new"));
        let mut file = own::create(&temporary)?;
        let mut about = serde_json::to_vec(&about)?;
        about.push(b'\n');
        file.write_all(&about)?;
        file.write_all(&bytes)?;
        if is_whole {
            file.sync_data()?;
        }
        fs::rename(&temporary, self.path(owner.username()))?;
        if is_whole {
            File::open(&self.folder)?.sync_data()?;
        }
        Ok(())
    }

    /// The run that was kept for a user, and how much of it.
    pub(super) fn load(&self, owner: &Owner) -> Option<(Arc<Program>, Kept)> {
        let mut bytes = fs::read(self.path(owner.username())).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let output = bytes.split_off(end + 1);
        match serde_json::from_slice(&bytes) {
            Ok(about) if about.uid.is_some_and(|uid| uid != owner.identity().uid) => None,
            Ok(About {
                run,
                path,
                kept,
                from,
                marks,
                ..
            }) => {
                let log = Log::over(from, output, marks);
                Some((Program::over(run, path, log), kept))
            }
            Err(error) => {
                tracing::error!(username = owner.username(), %error, "a transcript is damaged");
                None
            }
        }
    }

    fn newest_of(&self, username: &str) -> Newest {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(newest.entry(username.to_owned()).or_default())
    }

    fn path(&self, username: &str) -> PathBuf {
        self.folder.join(username)
    }
}
