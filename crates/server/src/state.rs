//! What every request can reach.

use std::{sync::Arc, time::Duration};

use pythonide_domain::Clock;
use pythonide_link::{LinkAddresses, LinkError, LinkKey};
use pythonide_store::Db;

use crate::{
    app::{passwords::Passwords, tokens::Tokens},
    hosts::Hosts,
    http::{health::Readiness, limits::SignInLimits, metrics::Counters, trees::text::TextRoom},
    places::{Places, RequestSlots},
    settings::{SecretKey, ServerSettings},
    socket::pace::LogPace,
    stopping::Stopping,
};

/// The server's state; clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] holds.
#[derive(Debug)]
pub struct Inner {
    pub(crate) db: Db,
    pub(crate) hosts: Hosts,
    pub(crate) clock: Clock,
    pub(crate) tokens: Tokens,
    pub(crate) passwords: Passwords,
    pub(crate) sign_in_limits: SignInLimits,
    pub(crate) text_room: TextRoom,
    pub(crate) sockets: Places,
    pub(crate) transfers: Places,
    pub(crate) requests: RequestSlots,
    pub(crate) log_pace: LogPace,
    pub(crate) readiness: Readiness,
    pub(crate) counters: Counters,
    pub(crate) stopping: Stopping,
    pub(crate) settings: ServerSettings,
}

impl App {
    /// The state of a server over an open, migrated database.
    ///
    /// # Errors
    /// When the link needs a key and there is none.
    pub fn new(
        db: Db,
        (link, link_key): (&LinkAddresses, Option<&LinkKey>),
        clock: Clock,
        key: &SecretKey,
        settings: ServerSettings,
    ) -> Result<Self, LinkError> {
        let hosts = Hosts::new(link.as_slice().to_vec(), link_key.cloned());
        // Nothing is sent: a key that is missing is told now.
        for address in link.as_slice() {
            hosts.connect(address)?;
        }
        Ok(Self(Arc::new(Inner {
            db,
            hosts,
            clock,
            tokens: Tokens::new(key),
            passwords: Passwords::new(),
            sign_in_limits: SignInLimits::new(),
            text_room: TextRoom::new(),
            sockets: Places::default(),
            transfers: Places::default(),
            requests: RequestSlots::default(),
            log_pace: LogPace::new(),
            readiness: Readiness::default(),
            counters: Counters::default(),
            stopping: Stopping::default(),
            settings,
        })))
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// How long a session lasts that is not used.
    pub(crate) fn session_idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.session_idle_hours) * 3600)
    }

    /// How long a session lasts at most.
    pub(crate) fn session_total(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.session_days) * 86_400)
    }
}
