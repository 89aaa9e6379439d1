//! Watches what a student's files and a run's temporary ones take, while the run works.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::files::{Usage, usage};

/// Between two looks at least.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looking through many files takes long on a shared file system: the pause is so many times as long.
const PAUSE: u32 = 20;

/// Looks at the files of a run.
#[derive(Debug)]
pub(super) struct DiskWatch {
    folders: [PathBuf; 2],
    most: Usage,
    works: Arc<Notify>,
    has_worked: bool,
    next: Instant,
    look: Option<JoinHandle<io::Result<Seen>>>,
}

#[derive(Debug)]
struct Seen {
    is_too_much: bool,
    took: Duration,
}

impl DiskWatch {
    /// Watches two folders, which may hold `most` together; `works` tells when there may be more than before.
    pub(super) fn new(folders: [PathBuf; 2], most: Usage, works: Arc<Notify>) -> Self {
        Self {
            folders,
            most,
            works,
            has_worked: false,
            next: Instant::now() + LOOK_EVERY,
            look: None,
        }
    }

    /// Returns when there is more in the folders than may be. May be dropped while it waits.
    pub(super) async fn exceeded(&mut self) {
        loop {
            if let Some(look) = &mut self.look {
                let seen = look.await;
                self.look = None;
                let took = match seen {
                    Ok(Ok(Seen {
                        is_too_much: true, ..
                    })) => return,
                    Ok(Ok(Seen { took, .. })) => took,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "what a run's files take could not be seen");
                        LOOK_EVERY
                    }
                    Err(error) => {
                        tracing::error!(%error, "the look at a run's files broke off");
                        LOOK_EVERY
                    }
                };
                self.next = Instant::now() + LOOK_EVERY.max(took * PAUSE);
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
                let mut all = Usage::default();
                for folder in &folders {
                    all += usage(folder, most)?;
                }
                Ok(Seen {
                    is_too_much: all.exceeds(most),
                    took: start.elapsed(),
                })
            }));
        }
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
}
