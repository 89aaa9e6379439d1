//! Watches what a student's files and a run's temporary ones take, while the run works.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::files::{Usage, usage};

/// Between two looks at least, where the files do not grow so fast that there will be too much by then.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// And where they do.
const LOOK_SOON: Duration = Duration::from_millis(250);
/// Looking through many files takes long on a shared file system: the pause is so many times as long.
const PAUSE: u32 = 20;

/// Looks at the files of a run.
#[derive(Debug)]
pub(super) struct DiskWatch {
    folders: [PathBuf; 2],
    most: Usage,
    works: Arc<Notify>,
    has_worked: bool,
    /// What there was at the last look, and when.
    before: Option<(Usage, Instant)>,
    /// Whether the last look failed, which is told once.
    has_failed: bool,
    next: Instant,
    look: Option<JoinHandle<Seen>>,
}

#[derive(Debug)]
struct Seen {
    found: io::Result<Usage>,
    took: Duration,
}

impl DiskWatch {
    /// Watches two folders, which may hold `most` together; `works` tells when there may be more than before.
    pub(super) fn new(folders: [PathBuf; 2], most: Usage, works: Arc<Notify>) -> Self {
        let now = Instant::now();
        Self {
            folders,
            most,
            works,
            has_worked: false,
            before: None,
            has_failed: false,
            // Nothing is known yet of how fast they grow.
            next: now + LOOK_SOON,
            look: None,
        }
    }

    /// Returns when there is more in the folders than may be. May be dropped while it waits.
    pub(super) async fn exceeded(&mut self) {
        loop {
            if let Some(look) = &mut self.look {
                let seen = look.await.unwrap_or_else(|error| Seen {
                    found: Err(io::Error::other(error)),
                    took: LOOK_EVERY,
                });
                self.look = None;
                let has_failed = seen.found.is_err();
                let pause = match seen.found {
                    Ok(found) if found.exceeds(self.most) => return,
                    Ok(found) => self.pause(found, seen.took),
                    Err(error) => {
                        if !self.has_failed {
                            tracing::warn!(%error, "what a run's files take could not be seen");
                        }
                        LOOK_EVERY.max(seen.took * PAUSE)
                    }
                };
                self.has_failed = has_failed;
                self.next = Instant::now() + pause;
            }
            if !self.has_worked {
                self.works.notified().await;
                self.has_worked = true;
            }
            sleep_until(self.next).await;
            self.has_worked = false;
            let (folders, most) = (self.folders.clone(), self.most);
            self.look = Some(tokio::task::spawn_blocking(move || {
                let start = std::time::Instant::now();
                let found = folders
                    .iter()
                    .try_fold(Usage::default(), |mut all, folder| {
                        all += usage(folder, most)?;
                        Ok(all)
                    });
                Seen {
                    found,
                    took: start.elapsed(),
                }
            }));
        }
    }

    /// How long to wait after a look that took so long and has found this.
    fn pause(&mut self, found: Usage, took: Duration) -> Duration {
        let now = Instant::now();
        let Some((before, then)) = self.before.replace((found, now)) else {
            // How fast they grow is known after the second.
            return (took * PAUSE).clamp(LOOK_SOON, LOOK_EVERY);
        };
        let pause = LOOK_EVERY.max(took * PAUSE);
        let until_full = found.until(self.most, before, now - then);
        until_full.map_or(pause, |until| pause.min(until.max(LOOK_SOON)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_too_much_is_seen_once_the_program_has_worked() {
        let (home, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let most = Usage {
            bytes: u64::MAX,
            entries: 3,
        };
        let works = Arc::new(Notify::new());
        let folders = [home.path().to_owned(), temporary.path().to_owned()];
        let mut watch = DiskWatch::new(folders, most, Arc::clone(&works));
        for name in ["a", "b"] {
            std::fs::write(home.path().join(name), b"").unwrap();
            std::fs::write(temporary.path().join(name), b"").unwrap();
        }
        tokio::select! {
            biased;
            () = watch.exceeded() => panic!("it has not worked yet"),
            () = std::future::ready(()) => {}
        }
        works.notify_one();
        watch.exceeded().await;
    }

    #[tokio::test(start_paused = true)]
    async fn files_that_grow_fast_are_looked_at_before_there_is_too_much_however_long_a_look_takes()
    {
        let most = Usage {
            bytes: u64::MAX,
            entries: 20_000,
        };
        let seen = |entries| Usage { bytes: 0, entries };
        let second = Duration::from_secs(1);
        let mut watch = DiskWatch::new([PathBuf::new(), PathBuf::new()], most, Arc::default());
        // What was there before the run is no growth.
        assert_eq!(watch.pause(seen(15_000), second), LOOK_EVERY);
        tokio::time::advance(second).await;
        assert_eq!(watch.pause(seen(16_000), second), 4 * second);
        tokio::time::advance(4 * second).await;
        assert_eq!(watch.pause(seen(19_900), second), LOOK_SOON);
        tokio::time::advance(second).await;
        assert_eq!(watch.pause(seen(19_900), second), PAUSE * second);
    }
}
