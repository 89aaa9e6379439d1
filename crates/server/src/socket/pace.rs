//! How often a user's pages may open a log.

use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use pythonide_domain::UserId;

use crate::places::HAS_USER_LIMITS;

/// Logs that a user's pages open at once: each tab opens one when a server is replaced.
const BURST: NonZeroU32 = NonZeroU32::new(32).unwrap();
/// Between two of them from then on.
const INTERVAL: Duration = Duration::from_millis(250);
/// Past this many users those who have opened none lately are forgotten.
const MAX_USERS: usize = 10_000;

/// Paces the opening of logs: each is a stream of the link, which all users share.
#[derive(Debug)]
pub(crate) struct LogPace(DefaultKeyedRateLimiter<UserId>);

impl LogPace {
    pub(crate) fn new() -> Self {
        let quota = Quota::with_period(INTERVAL).expect("the interval is not zero");
        Self(RateLimiter::keyed(quota.allow_burst(BURST)))
    }

    /// Waits until this user may open a log. A caller that no longer waits has opened none.
    pub(super) async fn wait(&self, user: UserId) {
        if !HAS_USER_LIMITS {
            return;
        }
        if self.0.len() > MAX_USERS {
            self.0.retain_recent();
        }
        self.0.until_key_ready(&user).await;
    }
}
