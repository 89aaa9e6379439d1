//! What servers tell each other through the database: hints, that something which they may hold in memory has changed.
//!
//! The database stays the truth: whoever hears of an event looks there again. So one may come twice, and where some may
//! have been lost, everything is looked up again ([`Heard::Missed`]). An event is told in the transaction that makes it
//! true (`Tx::tell`), and is heard only if that is committed:
//!
//! - by the own process at once;
//! - by other servers on PostgreSQL through `NOTIFY`, which goes out at the commit;
//! - by other processes on the same SQLite file only as `Missed`, within a second, for SQLite tells no more than that
//!   somebody has written.

use std::fmt;
use std::time::Duration;

use pythonide_domain::UserId;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::db::{Db, Pools};
use crate::engine::{postgres, sqlite};

/// Events that wait for a listener that is slow; one that is slower still is told that it missed some.
const WAITING: usize = 256;
/// Events that one transaction tells one by one.
pub(crate) const PER_TRANSACTION: usize = 64;
/// The longest text of an event; PostgreSQL itself takes less than 8000 bytes.
const MAX_BYTES: usize = 1024;
/// How soon what another process has written to a SQLite file is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two tries to listen to a server that is away: doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Something that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A session of the user has ended, or several.
    SessionsEnded {
        /// Whose.
        #[serde(with = "id")]
        user: UserId,
    },
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// This has happened.
    Event(Event),
    /// Anything may have happened.
    Missed,
}

/// What is heard from now on.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Heard>);

impl Events {
    /// Returns what is heard next; waits for it, for ever if need be. Nothing is lost when it is given up.
    pub async fn next(&mut self) -> Heard {
        match self.0.recv().await {
            Ok(heard) => heard,
            Err(broadcast::error::RecvError::Lagged(_)) => Heard::Missed,
            // The database has been closed and dropped.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Where events are passed on within the process; clones are the same.
#[derive(Clone)]
pub(crate) struct Bell(broadcast::Sender<Heard>);

impl Bell {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }

    pub(crate) fn ring(&self, heard: Heard) {
        // Nobody need be there to hear it.
        let _ = self.0.send(heard);
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Bell({} listen)", self.0.receiver_count())
    }
}

impl Event {
    /// Returns the text that travels.
    pub(crate) fn to_text(&self) -> Result<String, sqlx::Error> {
        serde_json::to_string(self).map_err(|error| sqlx::Error::Encode(error.into()))
    }

    /// Returns the event of a text; `None` if this version has no such event, which a newer one beside it may have.
    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        serde_json::from_str(text).ok()
    }
}

impl Db {
    /// Returns the events from now on: the own process's, and, while [`Db::hear_others`] runs, those of others.
    pub fn events(&self) -> Events {
        Events(self.bell().0.subscribe())
    }

    /// Passes on what other processes tell, for ever. One task of a server runs it.
    ///
    /// It uses a connection of its own on PostgreSQL. A pooler in between that gives each transaction another
    /// connection (`transaction` mode) does not pass events on.
    pub async fn hear_others(&self) {
        match self.pools() {
            Pools::Sqlite { writer, .. } => self.hear_writers(writer).await,
            Pools::Postgres(pool) => self.hear_servers(pool).await,
        }
    }

    /// Looks each second whether another process has written to the file, as a command of the operator does.
    ///
    /// SQLite tells nobody of anything, and what it was that was written is not to be seen. But the connection that looks
    /// is the only one of this process that writes, and `data_version` changes for others' writes alone: the server's own
    /// do not show, so this is rare enough to look everything up again. It costs a question of some microseconds, and
    /// needs no table that all writers would have to keep.
    async fn hear_writers(&self, writer: &sqlx::SqlitePool) {
        let mut known = None;
        loop {
            match sqlite::data_version(writer).await {
                Ok(version) => {
                    if known.is_some_and(|known| known != version) {
                        self.bell().ring(Heard::Missed);
                    }
                    known = Some(version);
                }
                // Whichever connection comes next counts for itself.
                Err(error) => {
                    if known.take().is_some() {
                        tracing::warn!(%error, "could not look for what others have written");
                        self.bell().ring(Heard::Missed);
                    }
                }
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn hear_servers(&self, pool: &sqlx::PgPool) {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match postgres::Listener::open(pool).await {
                Ok(mut listener) => {
                    pause = FIRST_PAUSE;
                    // Nobody has listened until now.
                    self.bell().ring(Heard::Missed);
                    self.hear(&mut listener).await
                }
                Err(error) => error,
            };
            tracing::warn!(%error, ?pause, "events of other servers are not heard");
            sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    async fn hear(&self, listener: &mut postgres::Listener) -> sqlx::Error {
        loop {
            match listener.next().await {
                Ok(text) => {
                    if let Some(event) = Event::parse(&text) {
                        self.bell().ring(Heard::Event(event));
                    } else {
                        tracing::debug!("an event that this version does not know");
                    }
                }
                Err(error) => return error,
            }
        }
    }
}

/// An id as its text.
mod id {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &impl Display, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, I>(from: D) -> Result<I, D::Error>
    where
        I: FromStr<Err: Display>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_understood_as_it_was_told() {
        let user = UserId::new(chrono::DateTime::UNIX_EPOCH);
        let event = Event::SessionsEnded { user };
        let text = event.to_text().unwrap();
        assert_eq!(
            text,
            format!(r#"{{"type":"sessions_ended","user":"{user}"}}"#)
        );
        assert_eq!(Event::parse(&text), Some(event));
    }

    #[test]
    fn what_is_no_event_of_this_version_is_nothing() {
        let long = format!(r#"{{"type":"{}"}}"#, "x".repeat(MAX_BYTES));
        for text in [
            "",
            "{",
            r#"{"type":"unheard_of"}"#,
            r#"{"type":"sessions_ended","user":"ada"}"#,
            &long,
        ] {
            assert_eq!(Event::parse(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_listener_that_is_too_slow_is_told_that_it_missed_some() {
        let bell = Bell::new();
        let mut events = Events(bell.0.subscribe());
        let user = UserId::new(chrono::DateTime::UNIX_EPOCH);
        let event = Heard::Event(Event::SessionsEnded { user });
        for _ in 0..=WAITING {
            bell.ring(event.clone());
        }
        assert_eq!(events.next().await, Heard::Missed);
        assert_eq!(events.next().await, event);
    }
}
