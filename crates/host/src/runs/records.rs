//! Runs that are over and of which the database does not know yet: a file for each, so that none is lost
//! whoever is away or dies.
//!
//! All hosts keep them in one folder, and every server asks every host. So that a record is not taken by all of them at
//! once, each host tells first what it has kept itself, and nothing to two servers at a time; what another host has kept
//! it tells when that has had the time to.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pythonide_link::wire::RunRecord;
use tokio::{
    sync::Notify,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use crate::own;

/// Beneath the folder of all files, on which every host can be.
const FOLDER: &str = ".pythonide/runs";
/// How many are told at once.
const AT_ONCE: usize = 100;
/// How long a server waits for the next before it asks again.
const ASK_AGAIN: Duration = Duration::from_secs(20);
/// How long a server that was told a record may take to store it, and another host to be asked for its own.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// Those that the disk does not take wait in memory, as many as this.
const MOST_UNWRITTEN: usize = 1000;

/// The folder of records.
#[derive(Debug)]
pub(crate) struct Records {
    folder: PathBuf,
    waiting: Mutex<Waiting>,
    added: Notify,
}

/// What a host remembers of records that nobody has taken yet.
#[derive(Debug, Default)]
struct Waiting {
    /// When each may be told.
    from: HashMap<Uuid, Instant>,
    unwritten: HashMap<Uuid, RunRecord>,
}

impl Waiting {
    /// Whether a record is to be told now; then it is not for a while. One that was not heard of before is another host's.
    fn is_due(&mut self, id: Uuid, now: Instant) -> bool {
        let later = now + TAKEN_WITHIN;
        let from = self.from.entry(id).or_insert(later);
        let is_due = *from <= now;
        if is_due {
            *from = later;
        }
        is_due
    }
}

impl Records {
    /// The records beneath `files`, those of earlier hosts among them.
    pub(crate) fn open(files: &Path) -> io::Result<Arc<Self>> {
        let folder = files.join(FOLDER);
        own::make_folders(&folder)?;
        Ok(Arc::new(Self {
            folder,
            waiting: Mutex::default(),
            added: Notify::new(),
        }))
    }

    /// Keeps a record until [`Self::take`] is told that it was taken. Blocks until it is durable; where the disk does not
    /// take it, it is kept for as long as this host lives.
    pub(super) fn keep(&self, id: Uuid, record: RunRecord) {
        let written = self.write(id, &record);
        let mut waiting = self.waiting();
        waiting.from.insert(id, Instant::now());
        if let Err(error) = written {
            let is_lost = waiting.unwritten.len() >= MOST_UNWRITTEN;
            tracing::error!(run.id = %id, %error, is_lost, "the record of a run could not be written");
            if !is_lost {
                waiting.unwritten.insert(id, record);
            }
        }
        drop(waiting);
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
        let mut file = own::create(&temporary)?;
        file.write_all(&prost::Message::encode_to_vec(record))?;
        file.sync_data()?;
        fs::rename(&temporary, self.path(id))?;
        File::open(&self.folder)?.sync_data()
    }

    /// Forgets those in `taken` and returns others, when there are any; none after a while.
    pub(crate) async fn take(self: &Arc<Self>, taken: &[String]) -> io::Result<Vec<RunRecord>> {
        let taken: Vec<Uuid> = taken.iter().filter_map(|id| id.parse().ok()).collect();
        self.on_disk(move |records| records.forget(&taken)).await?;
        let until = Instant::now() + ASK_AGAIN;
        loop {
            let added = self.added.notified();
            let (records, next) = self.on_disk(Self::list).await?;
            if !records.is_empty() || Instant::now() >= until {
                return Ok(records);
            }
            // Whether one came or not: what is there then is told.
            let _ = timeout_at(next.map_or(until, |next| next.min(until)), added).await;
        }
    }

    /// Has work on the disk done by a thread that may wait for it.
    async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let records = Arc::clone(self);
        spawn_blocking(move || work(&records))
            .await
            .map_err(io::Error::other)?
    }

    fn forget(&self, taken: &[Uuid]) -> io::Result<()> {
        for id in taken {
            self.waiting().unwritten.remove(id);
            match fs::remove_file(self.path(*id)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The records that are to be told now, and when the next is.
    fn list(&self) -> io::Result<(Vec<RunRecord>, Option<Instant>)> {
        let mut all = BTreeSet::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            all.extend(name.and_then(|name| name.strip_suffix(".run")?.parse::<Uuid>().ok()));
        }
        let now = Instant::now();
        let mut waiting = self.waiting();
        all.extend(waiting.unwritten.keys());
        waiting.from.retain(|id, _| all.contains(id));
        let due: Vec<Uuid> = all
            .into_iter()
            .filter(|id| waiting.is_due(*id, now))
            .take(AT_ONCE)
            .collect();
        let unwritten: HashMap<Uuid, RunRecord> = due
            .iter()
            .filter_map(|id| Some((*id, waiting.unwritten.get(id)?.clone())))
            .collect();
        let next = waiting.from.values().min().copied();
        drop(waiting);
        let mut records = Vec::new();
        for id in due {
            match unwritten.get(&id) {
                Some(record) => records.push(record.clone()),
                None => records.extend(self.read(id)?),
            }
        }
        Ok((records, next))
    }

    /// `None` where it was taken meanwhile, or makes no sense.
    fn read(&self, id: Uuid) -> io::Result<Option<RunRecord>> {
        let bytes = match fs::read(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        Ok(prost::Message::decode(bytes.as_slice())
            .inspect_err(|error| {
                tracing::error!(run.id = %id, %error, "a record of a run is damaged");
            })
            .ok())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.run"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(run: Uuid) -> RunRecord {
        RunRecord {
            run: run.to_string(),
            ..RunRecord::default()
        }
    }

    #[tokio::test]
    async fn what_the_disk_does_not_take_is_told_all_the_same() {
        let files = tempfile::tempdir().unwrap();
        let records = Records::open(files.path()).unwrap();
        let (written, unwritten) = (Uuid::from_u128(1), Uuid::from_u128(2));
        records.keep(written, of(written));
        let in_the_way = records.path(unwritten);
        fs::create_dir(&in_the_way).unwrap();
        records.keep(unwritten, of(unwritten));
        fs::remove_dir(&in_the_way).unwrap();
        let told = records.take(&[]).await.unwrap();
        assert_eq!(told, [of(written), of(unwritten)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_is_told_to_one_server_at_a_time_until_it_is_taken() {
        let files = tempfile::tempdir().unwrap();
        let records = Records::open(files.path()).unwrap();
        let run = Uuid::from_u128(1);
        records.keep(run, of(run));
        assert_eq!(records.take(&[]).await.unwrap(), [of(run)]);
        // The one that was told has died.
        let asked = Instant::now();
        assert_eq!(records.take(&[]).await.unwrap(), [of(run)]);
        assert!(asked.elapsed() >= TAKEN_WITHIN);
        assert_eq!(records.take(&[run.to_string()]).await.unwrap(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_host_has_kept_others_tell_when_it_does_not() {
        let files = tempfile::tempdir().unwrap();
        let (one, other) = (
            Records::open(files.path()).unwrap(),
            Records::open(files.path()).unwrap(),
        );
        let (taken, left) = (Uuid::from_u128(1), Uuid::from_u128(2));
        one.keep(taken, of(taken));
        one.keep(left, of(left));
        let asked = Instant::now();
        let told = tokio::spawn(async move { other.take(&[]).await.unwrap() });
        one.take(&[]).await.unwrap();
        one.on_disk(move |records| records.forget(&[taken]))
            .await
            .unwrap();
        drop(one);
        assert_eq!(told.await.unwrap(), [of(left)]);
        assert!(asked.elapsed() >= TAKEN_WITHIN);
    }
}
