//! Runs that are over and of which the database does not know yet: a file for each, so that none is lost
//! whoever is away or dies.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
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

/// Those that the disk does not take wait in memory, as many as this.
const MOST_UNWRITTEN: usize = 1000;

/// The folder of records.
#[derive(Debug)]
pub(crate) struct Records {
    folder: PathBuf,
    unwritten: Mutex<HashMap<Uuid, RunRecord>>,
    added: Notify,
}

impl Records {
    /// The records beneath `files`, those of earlier hosts among them.
    pub(crate) fn open(files: &Path) -> io::Result<Self> {
        let folder = files.join(FOLDER);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            unwritten: Mutex::default(),
            added: Notify::new(),
        })
    }

    /// Keeps a record until [`Self::take`] is told that it was taken. Blocks until it is durable; where the disk does not
    /// take it, it is kept for as long as this host lives.
    pub(super) fn keep(&self, id: Uuid, record: RunRecord) {
        if let Err(error) = self.write(id, &record) {
            let mut unwritten = self.unwritten();
            let is_lost = unwritten.len() >= MOST_UNWRITTEN;
            tracing::error!(run.id = %id, %error, is_lost, "the record of a run could not be written");
            if !is_lost {
                unwritten.insert(id, record);
            }
        }
        self.added.notify_waiters();
    }

    /// As [`Self::keep`], but leaves a record of the same run as it is.
    pub(super) fn keep_if_new(&self, id: Uuid, record: RunRecord) {
        if !self.path(id).exists() {
            self.keep(id, record);
        }
    }

    fn write(&self, id: Uuid, record: &RunRecord) -> io::Result<()> {
        // Two who find the same run lost may write at once.
        let temporary = self.folder.join(format!("{id}-{}.new", Uuid::now_v7()));
        let mut file = File::create(&temporary)?;
        file.write_all(&prost::Message::encode_to_vec(record))?;
        file.sync_data()?;
        fs::rename(&temporary, self.path(id))?;
        File::open(&self.folder)?.sync_data()
    }

    /// Forgets those in `taken` and returns others, when there are any; none after a while.
    pub(crate) async fn take(&self, taken: &[String]) -> io::Result<Vec<RunRecord>> {
        for id in taken.iter().filter_map(|id| id.parse().ok()) {
            self.unwritten().remove(&id);
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
        let unwritten = self.unwritten();
        let mut records: Vec<_> = unwritten.values().take(AT_ONCE).cloned().collect();
        drop(unwritten);
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
            if records.len() >= AT_ONCE {
                break;
            }
        }
        Ok(records)
    }

    fn unwritten(&self) -> MutexGuard<'_, HashMap<Uuid, RunRecord>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.run"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_disk_does_not_take_is_told_all_the_same_and_once() {
        let files = tempfile::tempdir().unwrap();
        let records = Records::open(files.path()).unwrap();
        let (written, unwritten) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let of = |run: Uuid| RunRecord {
            run: run.to_string(),
            ..RunRecord::default()
        };
        records.keep(written, of(written));
        let in_the_way = records.path(unwritten);
        fs::create_dir(&in_the_way).unwrap();
        records.keep(unwritten, of(unwritten));
        fs::remove_dir(&in_the_way).unwrap();
        let mut told = records.take(&[]).await.unwrap();
        told.sort_by(|one, other| one.run.cmp(&other.run));
        assert_eq!(told, [of(written), of(unwritten)]);
        let told = records.take(&[unwritten.to_string()]).await.unwrap();
        assert_eq!(told, [of(written)]);
        // Of those that were written the next host knows.
        let next = Records::open(files.path()).unwrap();
        assert_eq!(next.take(&[]).await.unwrap(), [of(written)]);
    }
}
