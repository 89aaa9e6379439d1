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

use super::{Log, Mark, Program};

/// Beneath the folder of all files, on which every host can be.
const FOLDER: &str = ".pythonide/transcripts";

/// The folder of transcripts.
#[derive(Debug)]
pub(crate) struct Transcripts {
    folder: PathBuf,
    /// The last run that was kept of each user: one is saved while the next is already running.
    kept: Mutex<HashMap<String, Uuid>>,
}

/// What a transcript tells of its run, beside the output.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct About {
    run: Uuid,
    path: String,
    /// The offset of the first byte that is kept.
    from: u64,
    /// What happened, and where.
    marks: Vec<(u64, Mark)>,
}

impl Transcripts {
    /// The transcripts beneath `files`.
    pub(crate) fn open(files: &Path) -> io::Result<Self> {
        let folder = files.join(FOLDER);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            kept: Mutex::default(),
        })
    }

    /// Keeps what is in `log` now in place of what was kept for the user before.
    pub(super) fn save(&self, username: &str, program: &Program) {
        if let Err(error) = self.try_save(username, program) {
            tracing::error!(%username, %error, "a transcript could not be kept");
        }
    }

    fn try_save(&self, username: &str, program: &Program) -> io::Result<()> {
        let run = program.id;
        // Held to the end: of two that are saved at once the newer stays. Ids are made in the order of time.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.get(username).is_some_and(|newer| *newer > run) {
            return Ok(());
        }
        kept.insert(username.to_owned(), run);
        let (from, bytes, mut marks) = program.log.contents();
        // Figures are kept no longer than their program.
        marks.retain(|(_, mark)| !matches!(mark, Mark::Plot { .. }));
        let about = About {
            run,
            path: program.path.clone(),
            from,
            marks,
        };
        let temporary = self.folder.join(format!("{run}.new"));
        let mut file = File::create(&temporary)?;
        let mut about = serde_json::to_vec(&about)?;
        about.push(b'\n');
        file.write_all(&about)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        fs::rename(&temporary, self.path(username))?;
        File::open(&self.folder)?.sync_data()
    }

    /// The run that was kept for a user.
    pub(super) fn load(&self, username: &str) -> Option<Arc<Program>> {
        let mut bytes = fs::read(self.path(username)).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let output = bytes.split_off(end + 1);
        match serde_json::from_slice(&bytes) {
            Ok(About {
                run,
                path,
                from,
                marks,
            }) => Some(Program::over(run, path, Log::over(from, output, marks))),
            Err(error) => {
                tracing::error!(%username, %error, "a transcript is damaged");
                None
            }
        }
    }

    fn path(&self, username: &str) -> PathBuf {
        self.folder.join(username)
    }
}
