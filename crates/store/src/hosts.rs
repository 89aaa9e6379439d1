//! Hosts, and which of them keeps which workspace.
//!
//! A host lives for as long as servers renew it. Once it was not renewed in time and somebody needs one of its workspaces,
//! it is declared dead: its row goes, and it can never be renewed again. Each time a workspace comes to another host
//! its *fence* grows, so that what comes late from an earlier host can be told. All times are the database's: the clocks of
//! servers and hosts may differ by hours.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::Tx;

/// A host.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Host {
    /// One process of it; a host that is started again has another.
    pub id: Uuid,
    /// Where servers reach it.
    pub address: String,
    /// Its version.
    pub version: String,
    /// Whether it takes no more programs.
    pub is_draining: bool,
}

/// A workspace's host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The host.
    pub host: Uuid,
    /// Grows each time the workspace comes to another.
    pub fence: i64,
}

/// What was found out about a workspace's host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The host.
    pub binding: Binding,
    /// For how long it lives even if nobody renews it; zero where it was given the workspace just now.
    pub lives_for: Duration,
}

impl Bound {
    const fn now(binding: Binding) -> Self {
        Self {
            binding,
            lives_for: Duration::ZERO,
        }
    }
}

sql! {
    REGISTER_HOST = "
        INSERT INTO hosts (id, address, version, is_draining, live_until) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO NOTHING";

    LIVE_HOST_AT = "
        SELECT id, live_until FROM hosts WHERE address = $1 AND id <> $2 AND live_until > $3 ORDER BY id LIMIT 1";

    FORGET_HOSTS_AT = "DELETE FROM hosts WHERE address = $1 AND id <> $2";

    RENEW_HOST = "
        UPDATE hosts SET is_draining = $2, live_until = CASE WHEN live_until < $3 THEN $3 ELSE live_until END
         WHERE id = $1";

    RETIRE_HOST = "DELETE FROM hosts WHERE id = $1";

    DECLARE_DEAD = "DELETE FROM hosts WHERE id = $1 AND live_until <= $2";

    LIVE_HOSTS = "
        SELECT id, address, version, is_draining FROM hosts WHERE live_until > $1 ORDER BY id LIMIT 1000";

    BINDING_OF = "
        SELECT w.host_id, w.fence, h.live_until
          FROM workspaces AS w LEFT JOIN hosts AS h ON h.id = w.host_id WHERE w.owner = $1";

    BIND_FIRST = "
        INSERT INTO workspaces (owner, host_id, fence) VALUES ($1, $2, 1) ON CONFLICT (owner) DO NOTHING";

    BIND_NEXT = "
        UPDATE workspaces SET host_id = $2, fence = fence + 1 WHERE owner = $1 AND fence = $3";
}

/// Who lives at an address, and until when it is written down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Holder {
    /// The host.
    pub id: Uuid,
    /// Later each time somebody renews it.
    pub live_until: DateTime<Utc>,
}

/// Returns another host than `id` that is written down to live at its address. If it is renewed, there are two hosts of one
/// address; if not, it was there before.
pub async fn other_at(tx: &mut Tx, address: &str, id: Uuid) -> Result<Option<Holder>, StoreError> {
    let now = tx.now().await?;
    Reader::from(tx)
        .optional(&LIVE_HOST_AT, (address, id, now))
        .await
}

/// Keeps a host that has just started, to live for `span` from now, unless another server has done so. Those that were at
/// its address are gone.
pub async fn register(tx: &mut Tx, host: &Host, span: Duration) -> Result<(), StoreError> {
    let Host {
        id,
        address,
        version,
        is_draining,
    } = host;
    let until = tx.now().await? + span;
    tx.execute(&FORGET_HOSTS_AT, (address.as_str(), *id))
        .await?;
    let params = (*id, address.as_str(), version.as_str(), *is_draining, until);
    tx.execute(&REGISTER_HOST, params).await?;
    Ok(())
}

/// Lets a host live for `span` from now, or for as long as another server has told it by now, if that is longer; returns
/// `false` if it has been declared dead, or was never registered.
pub async fn renew(
    tx: &mut Tx,
    id: Uuid,
    is_draining: bool,
    span: Duration,
) -> Result<bool, StoreError> {
    let until = tx.now().await? + span;
    Ok(tx.execute(&RENEW_HOST, (id, is_draining, until)).await? == 1)
}

/// Forgets a host that has ended in order.
pub async fn retire(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    tx.execute(&RETIRE_HOST, (id,)).await?;
    Ok(())
}

/// Returns the hosts that live now, at most 1,000.
pub async fn live(tx: &mut Tx) -> Result<Vec<Host>, StoreError> {
    let now = tx.now().await?;
    Reader::from(tx).all(&LIVE_HOSTS, (now,)).await
}

/// Returns the host of a workspace: the one it has for as long as that lives, or else the `candidate`, which it has
/// from now on.
///
/// A host that was not renewed in time but `answers` all the same is waited for: it was the database that was away.
///
/// Returns `None` where it is, and where another server has just given the workspace to another host: ask again.
pub async fn bind(
    tx: &mut Tx,
    owner: &str,
    candidate: Uuid,
    answers: impl Fn(Uuid) -> bool,
) -> Result<Option<Bound>, StoreError> {
    let row: Option<(Uuid, i64, Option<DateTime<Utc>>)> = Reader::from(&mut *tx)
        .optional(&BINDING_OF, (owner,))
        .await?;
    let Some((host, fence, live_until)) = row else {
        let is_ours = tx.execute(&BIND_FIRST, (owner, candidate)).await? == 1;
        let binding = Binding {
            host: candidate,
            fence: 1,
        };
        return Ok(is_ours.then_some(Bound::now(binding)));
    };
    let now = tx.now().await?;
    let lives_for = live_until.and_then(|until| (until - now).to_std().ok());
    if let Some(lives_for) = lives_for.filter(|span| !span.is_zero()) {
        let binding = Binding { host, fence };
        return Ok(Some(Bound { binding, lives_for }));
    }
    if live_until.is_some() && answers(host) {
        return Ok(None);
    }
    // Whoever renews it in this moment waits for us, or we for him; then it is as if it had never been late.
    if live_until.is_some() && tx.execute(&DECLARE_DEAD, (host, now)).await? == 0 {
        return Ok(None);
    }
    let moved = move_to(tx, owner, candidate, fence).await?;
    Ok(moved.map(Bound::now))
}

/// Gives a workspace that has the fence `fence` to another host, which must be certain that the one before does nothing
/// more for it. Returns `None` where it has another fence by now.
pub async fn move_to(
    tx: &mut Tx,
    owner: &str,
    host: Uuid,
    fence: i64,
) -> Result<Option<Binding>, StoreError> {
    let is_ours = tx.execute(&BIND_NEXT, (owner, host, fence)).await? == 1;
    Ok(is_ours.then_some(Binding {
        host,
        fence: fence + 1,
    }))
}
