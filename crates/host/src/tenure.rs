//! For how long this host may do anything, and for whom.
//!
//! Servers write into the database that the host lives, each time for a few seconds, and only then tell the host. The host
//! counts the seconds by its own clock, from the moment in which it was asked, which lies before the writing: so its time
//! is over before anybody may give what it keeps to another host, whatever the clocks of the others say and however
//! late their messages are. When its time is over it refuses everything and its programs stand still, which their keeper
//! sees to by the same clock; they go on when it is renewed, and end when it learns that it was declared dead.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use pythonide_link::{Refusal, RefusalKind};
use tokio::sync::{Notify, futures::Notified};
use uuid::Uuid;

/// Beats of which the time is remembered; a server that answers to an older one is too late.
const BEATS: usize = 64;

/// What this host has been told.
#[derive(Debug)]
pub(crate) struct Tenure {
    told: Mutex<Told>,
    /// Rings when the time is another.
    changed: Notify,
}

/// That this host keeps a workspace, under a fence.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    tenure: Arc<Tenure>,
    owner: String,
    fence: u64,
}

impl Held {
    pub(crate) fn new(tenure: &Arc<Tenure>, owner: &str, fence: u64) -> Self {
        Self {
            tenure: Arc::clone(tenure),
            owner: owner.to_owned(),
            fence,
        }
    }

    /// Grows each time the workspace comes to another host.
    pub(crate) fn fence(&self) -> u64 {
        self.fence
    }

    /// Refuses if another host may have the workspace by now. Whoever gets it does so after an answer that it is held.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.tenure.check(&self.owner, self.fence).map(drop)
    }
}

#[derive(Debug)]
struct Told {
    host: Uuid,
    last_beat: u64,
    /// When the last beats were.
    beats: VecDeque<(u64, Instant)>,
    until: Until,
    /// It has ended all it had and does nothing any more.
    is_over: bool,
    fences: HashMap<String, Fence>,
}

/// What is known of a workspace's fence.
#[derive(Debug, Clone, Copy, Default)]
struct Fence {
    /// The highest that was seen.
    highest: u64,
    /// The workspace was given up under that one.
    is_given_up: bool,
}

/// Until when a host lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Nobody has said anything yet.
    Nothing,
    /// Then, unless it is renewed.
    Then(Instant),
    /// There is no other host.
    Forever,
}

/// A beat: of which process of this host, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beat {
    pub(crate) host: Uuid,
    pub(crate) number: u64,
}

impl Tenure {
    pub(crate) fn new() -> Self {
        Self {
            told: Mutex::new(Told::new()),
            changed: Notify::new(),
        }
    }

    /// A new beat, from which on a server may let the host live.
    pub(crate) fn beat(&self) -> Beat {
        let mut told = self.lock();
        told.last_beat += 1;
        let number = told.last_beat;
        told.beats.push_back((number, Instant::now()));
        if told.beats.len() > BEATS {
            told.beats.pop_front();
        }
        Beat {
            host: told.host,
            number,
        }
    }

    /// Lives for `span` from a beat on, or for ever. What is said of another process, or of a beat long ago, is nothing.
    pub(crate) fn renew(&self, beat: Beat, span: Option<Duration>) {
        let mut told = self.lock();
        let at = told.beats.iter().find(|(number, _)| *number == beat.number);
        let Some((_, at)) = at.copied().filter(|_| told.host == beat.host) else {
            return;
        };
        let until = span.map_or(Until::Forever, |span| Until::Then(at + span));
        let is_later = match (told.until, until) {
            (Until::Nothing, _) | (Until::Then(_), Until::Forever) => true,
            (Until::Then(before), Until::Then(after)) => after > before,
            // Whoever says for ever has no other host.
            _ => false,
        };
        if is_later {
            told.until = until;
            drop(told);
            self.changed.notify_waiters();
        }
    }

    /// Whether nobody has said yet that it lives.
    pub(crate) fn is_new(&self) -> bool {
        self.lock().until == Until::Nothing
    }

    /// Begins anew as another, if `host` is what it has been; returns whether that is so.
    pub(crate) fn begin_anew(&self, host: Uuid) -> bool {
        let mut told = self.lock();
        if told.host != host {
            return false;
        }
        // What was kept may be another's by now: nothing that was let through before may go on, however late.
        let given_up = std::mem::take(&mut told.fences)
            .into_iter()
            .map(|(owner, known)| {
                let is_given_up = true;
                (
                    owner,
                    Fence {
                        is_given_up,
                        ..known
                    },
                )
            });
        *told = Told {
            fences: given_up.collect(),
            ..Told::new()
        };
        drop(told);
        self.changed.notify_waiters();
        true
    }

    /// Refuses what is for a workspace that this host does not keep now; returns whether it comes to it just now.
    pub(crate) fn check(&self, owner: &str, fence: u64) -> Result<bool, Refusal> {
        let mut told = self.lock();
        let known = told.fences.get(owner).copied().unwrap_or_default();
        let is_late = fence < known.highest || fence == known.highest && known.is_given_up;
        if !told.is_alive() || is_late || fence == 0 {
            return Err(not_held());
        }
        let is_new = fence > known.highest;
        if is_new {
            let known = Fence {
                highest: fence,
                is_given_up: false,
            };
            told.fences.insert(owner.to_owned(), known);
        }
        Ok(is_new)
    }

    /// Gives a workspace up: only a higher fence than `fence` is taken from now on.
    pub(crate) fn give_up(&self, owner: &str, fence: u64) {
        let mut told = self.lock();
        let known = told.fences.entry(owner.to_owned()).or_default();
        if fence >= known.highest {
            *known = Fence {
                highest: fence,
                is_given_up: true,
            };
        }
    }

    /// Whether a workspace was given up under this fence.
    pub(crate) fn has_given_up(&self, owner: &str, fence: u64) -> bool {
        let told = self.lock();
        let known = told.fences.get(owner);
        known.is_some_and(|known| known.is_given_up && known.highest == fence)
    }

    /// Does nothing any more, and waits until a server has written that down: then others may have at once what it kept.
    pub(crate) async fn end(&self) {
        let host = {
            let mut told = self.lock();
            told.is_over = true;
            if told.until == Until::Forever {
                return;
            }
            told.host
        };
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Before the look, so that no change after it is missed.
            changed.as_mut().enable();
            if self.lock().host != host {
                return;
            }
            changed.await;
        }
    }

    /// Whether it does nothing any more.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Until when it lives.
    pub(crate) fn until(&self) -> Until {
        self.lock().until
    }

    /// Completes when that is another.
    pub(crate) fn changes(&self) -> Notified<'_> {
        self.changed.notified()
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        // Nothing panics while it is held.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn new() -> Self {
        Self {
            host: Uuid::now_v7(),
            last_beat: 0,
            beats: VecDeque::new(),
            until: Until::Nothing,
            is_over: false,
            fences: HashMap::new(),
        }
    }

    fn is_alive(&self) -> bool {
        if self.is_over {
            return false;
        }
        match self.until {
            Until::Nothing => false,
            Until::Then(until) => Instant::now() < until,
            Until::Forever => true,
        }
    }
}

/// That another host keeps the workspace, or will.
pub(crate) fn not_held() -> Refusal {
    Refusal::new(
        RefusalKind::NotHeld,
        "The computer that keeps these files changes just now. Try again in a moment.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_hours(1));

    fn kind(checked: Result<bool, Refusal>) -> Option<RefusalKind> {
        checked.err().map(|refusal| refusal.kind)
    }

    #[test]
    fn a_host_of_which_nobody_has_written_that_it_lives_does_nothing() {
        let tenure = Tenure::new();
        assert_eq!(kind(tenure.check("ada", 1)), Some(RefusalKind::NotHeld));
        let beat = tenure.beat();
        assert_eq!(kind(tenure.check("ada", 1)), Some(RefusalKind::NotHeld));
        tenure.renew(beat, LONG);
        assert_eq!(kind(tenure.check("ada", 1)), None);
    }

    #[test]
    fn it_lives_from_the_beat_on_and_not_from_the_answer() {
        let tenure = Tenure::new();
        let beat = tenure.beat();
        std::thread::sleep(Duration::from_millis(20));
        tenure.renew(beat, Some(Duration::from_millis(10)));
        assert_eq!(kind(tenure.check("ada", 1)), Some(RefusalKind::NotHeld));
        tenure.renew(tenure.beat(), LONG);
        assert_eq!(kind(tenure.check("ada", 1)), None);
        // What comes late takes nothing back.
        tenure.renew(beat, Some(Duration::ZERO));
        assert_eq!(kind(tenure.check("ada", 1)), None);
    }

    #[test]
    fn who_has_an_older_fence_is_refused() {
        let tenure = Tenure::new();
        tenure.renew(tenure.beat(), None);
        assert_eq!(kind(tenure.check("ada", 3)), None);
        assert_eq!(kind(tenure.check("ada", 2)), Some(RefusalKind::NotHeld));
        assert_eq!(kind(tenure.check("ben", 1)), None);
        assert_eq!(kind(tenure.check("ada", 0)), Some(RefusalKind::NotHeld));
        tenure.give_up("ada", 3);
        assert!(tenure.has_given_up("ada", 3) && !tenure.has_given_up("ben", 1));
        assert_eq!(kind(tenure.check("ada", 3)), Some(RefusalKind::NotHeld));
        assert!(tenure.check("ada", 4).unwrap());
    }

    #[tokio::test]
    async fn one_that_is_over_does_nothing_and_waits_until_that_is_written_down() {
        let tenure = Tenure::new();
        let beat = tenure.beat();
        tenure.renew(beat, LONG);
        let ((), ()) = tokio::join!(tenure.end(), async {
            assert!(tenure.is_over());
            assert_eq!(kind(tenure.check("ada", 1)), Some(RefusalKind::NotHeld));
            tenure.begin_anew(beat.host);
        });
    }

    #[test]
    fn what_was_said_of_the_one_before_is_nothing_to_the_one_after() {
        let tenure = Tenure::new();
        let beat = tenure.beat();
        tenure.renew(beat, LONG);
        assert!(tenure.begin_anew(beat.host));
        assert!(!tenure.begin_anew(beat.host));
        tenure.renew(beat, LONG);
        assert_eq!(kind(tenure.check("ada", 1)), Some(RefusalKind::NotHeld));
        assert_ne!(tenure.beat().host, beat.host);
    }

    #[test]
    fn what_was_kept_before_a_death_is_not_kept_after_it() {
        let tenure = Arc::new(Tenure::new());
        let before = tenure.beat();
        tenure.renew(before, LONG);
        tenure.check("ada", 5).unwrap();
        let held = Held::new(&tenure, "ada", 5);
        assert!(tenure.begin_anew(before.host));
        tenure.renew(tenure.beat(), LONG);
        // It hung on the disk meanwhile, and another host has had the workspace.
        assert!(held.check().is_err());
        assert_eq!(kind(tenure.check("ada", 5)), Some(RefusalKind::NotHeld));
        assert_eq!(tenure.check("ada", 7), Ok(true));
    }
}
