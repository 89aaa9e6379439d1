//! Runs that are over and of which the database does not know yet: a file for each, so that none is lost
//! whoever is away or dies.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use pythonide_link::wire::RunRecord;
use tokio::{sync::Notify, time::timeout};
use uuid::Uuid;

/// Beneath the folder of all files, on which every host can be.
const FOLDER: &str = ".pythonide/runs";
/// How many are told at once.
const AT_ONCE: usize = 100;
/// How long a server waits for the next before it asks again.
const ASK_AGAIN: Duration = Duration::from_secs(20);

/// The folder of records.
#[derive(Debug)]
pub(crate) struct Records {
    folder: PathBuf,
    added: Notify,
}

impl Records {
    /// The records beneath `files`, those of earlier hosts among them.
    pub(crate) fn open(files: &Path) -> io::Result<Self> {
        let folder = files.join(FOLDER);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            added: Notify::new(),
        })
    }

    /// Keeps a record until [`Self::take`] is told that it was taken, or tells the operator why not. Blocks until it is
    /// durable.
    pub(super) fn keep(&self, record: &RunRecord) {
        if let Err(error) = self.add(record) {
            tracing::error!(run.id = record.run, %error, "a run could not be recorded");
        }
    }

    /// As [`Self::keep`], but leaves a record of the same run as it is.
    pub(super) fn keep_if_new(&self, record: &RunRecord) {
        let is_kept = |id| self.path(id).exists();
        if !record.run.parse().is_ok_and(is_kept) {
            self.keep(record);
        }
    }

    fn add(&self, record: &RunRecord) -> io::Result<()> {
        let id: Uuid = record.run.parse().map_err(io::Error::other)?;
        let temporary = self.folder.join(format!("{id}.new"));
        let mut file = File::create(&temporary)?;
        file.write_all(&prost::Message::encode_to_vec(record))?;
        file.sync_data()?;
        fs::rename(&temporary, self.path(id))?;
        File::open(&self.folder)?.sync_data()?;
        self.added.notify_waiters();
        Ok(())
    }

    /// Forgets those in `taken` and returns others, when there are any; none after a while.
    pub(crate) async fn take(&self, taken: &[String]) -> io::Result<Vec<RunRecord>> {
        for id in taken.iter().filter_map(|id| id.parse().ok()) {
            match fs::remove_file(self.path(id)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let added = self.added.notified();
        let records = self.list()?;
        if !records.is_empty() {
            return Ok(records);
        }
        // Whether one came or not: what is there now is told.
        let _ = timeout(ASK_AGAIN, added).await;
        self.list()
    }

    fn list(&self) -> io::Result<Vec<RunRecord>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "run") {
                let record = match fs::read(&path) {
                    // Taken meanwhile by another server.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    bytes => prost::Message::decode(bytes?.as_slice()),
                };
                match record {
                    Ok(record) => records.push(record),
                    Err(error) => {
                        tracing::error!(path = %path.display(), %error, "a record of a run is damaged");
                    }
                }
            }
            if records.len() == AT_ONCE {
                break;
            }
        }
        Ok(records)
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.run"))
    }
}
