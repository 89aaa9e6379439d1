//! The hosts that there are, and which of them keeps which workspace.
//!
//! Each server keeps alive the hosts that it can reach (`beats`): it writes into the database that they live, and tells
//! them. Whoever needs a workspace asks for its host here. The answer is remembered; a host that does not keep the
//! workspace any more says so, and then the database is asked again.

pub(crate) mod beats;
mod names;
mod watching;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{Stream, StreamExt};
use pythonide_link::{
    HostClient, LinkAddress, LinkError, LinkKey, OfWorkspace, Refusal, RefusalKind, wire,
};
use pythonide_store::{
    Db, Engine,
    hosts::{self, Binding, Bound},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout_at},
};
use tonic::{ConnectError, Response, Status};
use uuid::Uuid;

use crate::app::AppError;
use watching::Watching;

/// How long a host lives once it was written down. Shorter, and a database that is started again takes hosts along;
/// longer, and what a dead host kept is away for as long.
const LIVES: Duration = Duration::from_secs(3);
/// Where a database is one file there is one host.
const FOR_EVER: Duration = Duration::from_hours(24 * 365 * 100);
/// How long a request waits for a host to come, or for a workspace to come to another host.
const SETTLES_WITHIN: Duration = Duration::from_secs(5);
/// Between two tries meanwhile.
const TRY_EVERY: Duration = Duration::from_millis(100);
/// Workspaces whose host is remembered.
const MOST_BINDINGS: usize = 10_000;

/// What this server knows of hosts.
#[derive(Debug)]
pub(crate) struct Hosts {
    key: Option<LinkKey>,
    /// Those that it was told of, by a place or a name.
    configured: Vec<LinkAddress>,
    /// What the names stand for, as far as they have been looked up.
    places: Mutex<HashMap<LinkAddress, Vec<LinkAddress>>>,
    known: Mutex<HashMap<Uuid, Known>>,
    bindings: Mutex<HashMap<String, Binding>>,
    /// Where no host answered when it was last asked.
    silent: Mutex<BTreeSet<String>>,
    /// Rings when another host is known, or one is silent.
    changed: Notify,
}

/// A host that answers.
#[derive(Debug, Clone)]
struct Known {
    /// By which of its addresses this server reaches it.
    via: LinkAddress,
    address: String,
    host: HostClient,
    streams: HostClient,
    watching: Arc<Watching>,
    is_draining: bool,
    programs: u32,
    places: u32,
}

/// A workspace at its host.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    id: Uuid,
    /// For short calls, which wait behind no output.
    pub(crate) host: HostClient,
    /// For all that lasts: logs, downloads, uploads, questions that stay open.
    pub(crate) streams: HostClient,
    watching: Arc<Watching>,
    /// The owner, as the host must be told it.
    pub(crate) owner: wire::Owner,
}

impl Hosts {
    pub(crate) fn new(configured: Vec<LinkAddress>, key: Option<LinkKey>) -> Self {
        Self {
            key,
            configured,
            places: Mutex::default(),
            known: Mutex::default(),
            bindings: Mutex::default(),
            silent: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Two connections to the host at `address`: for short calls, and for all that lasts.
    pub(crate) fn connect(
        &self,
        address: &LinkAddress,
    ) -> Result<(HostClient, HostClient), LinkError> {
        let connect = || pythonide_link::connect(address, self.key.as_ref());
        Ok((connect()?, connect()?))
    }

    /// A workspace at its host, which it has from now on if it had none that lives; one that drains is left if it can be.
    pub(crate) async fn of(&self, db: &Db, owner: &wire::Owner) -> Result<Kept, AppError> {
        let kept = self.found(db, owner).await?;
        if self.is_to_be_left(&kept) && self.leave(db, &kept, false).await? {
            return self.found(db, owner).await;
        }
        Ok(kept)
    }

    /// Leaves a host that has refused a start because it drains, with the prompt whose place the start is to take; returns
    /// whether another host has the workspace now.
    pub(crate) async fn leave_for_start(
        &self,
        db: &Db,
        owner: &wire::Owner,
    ) -> Result<bool, AppError> {
        let kept = self.found(db, owner).await?;
        if let Some(known) = lock(&self.known).get_mut(&kept.id) {
            // The next beat will say so too.
            known.is_draining = true;
        }
        Ok(self.is_to_be_left(&kept) && self.leave(db, &kept, true).await?)
    }

    /// Whether a workspace's host takes no programs any more, and another does.
    fn is_to_be_left(&self, kept: &Kept) -> bool {
        let known = lock(&self.known);
        known.get(&kept.id).is_some_and(|known| known.is_draining)
            && known.values().any(|known| !known.is_draining)
    }

    /// Gives a workspace to another host if its own gives it up; returns whether it did.
    async fn leave(&self, db: &Db, kept: &Kept, for_start: bool) -> Result<bool, AppError> {
        let request = wire::ReleaseRequest {
            owner: Some(kept.owner.clone()),
            for_start,
        };
        let released = kept.host.clone().release(request).await;
        match released {
            Ok(_) => {}
            Err(status) if self.forget_if_not_held(&kept.owner, &status) => return Ok(true),
            // A program lives there, which is to go on; or nothing at all, which the next question finds out.
            Err(status) if Refusal::from_status(&status).is_some() || has_not_arrived(&status) => {
                return Ok(false);
            }
            Err(status) => return Err(status.into()),
        }
        let (Some(candidate), Ok(fence)) = (self.candidate(), i64::try_from(kept.owner.fence))
        else {
            return Ok(false);
        };
        let mut tx = db.begin().await?;
        let moved = hosts::move_to(&mut tx, &kept.owner.username, candidate, fence).await?;
        tx.commit().await?;
        lock(&self.bindings).remove(&kept.owner.username);
        if let Some(binding) = moved {
            self.remember(&kept.owner.username, binding);
        }
        Ok(true)
    }

    async fn found(&self, db: &Db, owner: &wire::Owner) -> Result<Kept, AppError> {
        let until = Instant::now() + SETTLES_WITHIN;
        loop {
            let changed = self.changed.notified();
            if let Some(kept) = self.remembered(owner) {
                return Ok(kept);
            }
            let mut soon = Instant::now() + TRY_EVERY;
            if let Some(candidate) = self.candidate()
                && let Some(bound) = self.bind(db, owner, candidate).await?
            {
                self.remember(&owner.username, bound.binding);
                if let Some(kept) = self.remembered(owner) {
                    return Ok(kept);
                }
                // It does not answer here. Before it is dead or found again there is nothing to ask the database for, which
                // all who wait would.
                soon = soon.max(Instant::now() + bound.lives_for.min(SETTLES_WITHIN));
            }
            // None is known yet, or another server has just given it to one that is not.
            if timeout_at(until.min(soon), changed).await.is_err() && Instant::now() >= until {
                return Err(Status::unavailable("no host keeps this workspace").into());
            }
        }
    }

    /// Asks the host of a workspace, and once more where that is another by now, or was not there to be asked.
    pub(crate) async fn ask<Q: OfWorkspace, T>(
        &self,
        db: &Db,
        mut request: Q,
        question: impl AsyncFn(HostClient, Q) -> Result<Response<T>, Status>,
    ) -> Result<T, AppError> {
        let until = Instant::now() + SETTLES_WITHIN;
        loop {
            let kept = self.of(db, &request.owner()).await?;
            request.set_owner(kept.owner.clone());
            match question(kept.host, request.clone()).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status)
                    if Instant::now() < until
                        && (self.forget_if_not_held(&kept.owner, &status)
                            || has_not_arrived(&status)) =>
                {
                    sleep(TRY_EVERY).await;
                }
                Err(status) => return Err(status.into()),
            }
        }
    }

    /// The same on the connection for all that lasts.
    pub(crate) async fn ask_streams<Q: OfWorkspace, T>(
        &self,
        db: &Db,
        mut request: Q,
        question: impl AsyncFn(HostClient, Q) -> Result<Response<T>, Status>,
    ) -> Result<T, AppError> {
        let kept = self.of(db, &request.owner()).await?;
        request.set_owner(kept.owner.clone());
        let answer = question(kept.streams, request).await;
        let answer = answer.inspect_err(|status| {
            self.forget_if_not_held(&kept.owner, status);
        })?;
        Ok(answer.into_inner())
    }

    /// A workspace's program, now and at each change, for as long as its host keeps it.
    pub(crate) async fn watch_program(
        &self,
        db: &Db,
        owner: &wire::Owner,
    ) -> Result<impl Stream<Item = Result<wire::Program, Status>> + Unpin, AppError> {
        let kept = self.of(db, owner).await?;
        let mut programs = Box::pin(kept.watching.watch(&kept.owner).peekable());
        if let Some(Err(status)) = programs.as_mut().next_if(Result::is_err).await {
            self.forget_if_not_held(&kept.owner, &status);
            return Err(status.into());
        }
        Ok(programs)
    }

    /// Forgets where the workspace is if a host says that it does not keep it, so that it is looked up anew; returns
    /// whether it says so.
    pub(crate) fn forget_if_not_held(&self, owner: &wire::Owner, status: &Status) -> bool {
        let is_not_held = Refusal::from_status(status)
            .is_some_and(|refusal| refusal.kind == RefusalKind::NotHeld);
        if is_not_held {
            let mut bindings = lock(&self.bindings);
            // What was learned since stays.
            if bindings
                .get(&owner.username)
                .is_some_and(|binding| fence(*binding) == owner.fence)
            {
                bindings.remove(&owner.username);
            }
        }
        is_not_held
    }

    /// Whether a host lives that answers other servers and not this one.
    pub(crate) async fn is_one_out_of_reach(&self, db: &Db) -> Result<bool, AppError> {
        let mut tx = db.begin().await?;
        let living = hosts::live(&mut tx).await?;
        tx.commit().await?;
        let known = lock(&self.known);
        Ok(living.iter().any(|host| !known.contains_key(&host.id)))
    }

    /// The hosts that live, by their addresses.
    pub(crate) fn live(&self) -> Vec<(String, HostClient)> {
        let known = lock(&self.known);
        let live = known.values();
        live.map(|known| (known.address.clone(), known.host.clone()))
            .collect()
    }

    /// Completes when a host lives, or those that this server was told of have been asked in vain.
    pub(crate) async fn were_asked(&self) {
        loop {
            let changed = self.changed.notified();
            if !lock(&self.known).is_empty() || self.were_all_asked() {
                return;
            }
            changed.await;
        }
    }

    fn were_all_asked(&self) -> bool {
        let silent = self.silent();
        let is_silent = |address: &LinkAddress| silent.contains(&address.to_string());
        let places = lock(&self.places);
        self.configured.iter().all(|address| {
            if address.is_name() {
                let places = places.get(address);
                places.is_some_and(|places| places.iter().all(is_silent))
            } else {
                is_silent(address)
            }
        })
    }

    /// Where the hosts are now that this server was told of by name.
    fn named(&self) -> Vec<LinkAddress> {
        lock(&self.places).values().flatten().cloned().collect()
    }

    /// Whether this server was told of a host there.
    fn is_named(&self, address: &LinkAddress) -> bool {
        let places = lock(&self.places);
        self.configured.contains(address) || places.values().flatten().any(|place| place == address)
    }

    /// Where the hosts are that this server was told of, by place or by name.
    pub(crate) fn told_of(&self) -> Vec<LinkAddress> {
        let places = self.configured.iter().filter(|address| !address.is_name());
        places.cloned().chain(self.named()).collect()
    }

    fn stands_for(&self, found: names::Found) {
        lock(&self.places).insert(found.name, found.places);
        self.changed.notify_waiters();
    }

    /// Where no host answered when it was last asked.
    pub(crate) fn silent(&self) -> BTreeSet<String> {
        lock(&self.silent).clone()
    }

    async fn bind(
        &self,
        db: &Db,
        owner: &wire::Owner,
        candidate: Uuid,
    ) -> Result<Option<Bound>, AppError> {
        let answers = |host| lock(&self.known).contains_key(&host);
        let mut tx = db.begin().await?;
        let bound = hosts::bind(&mut tx, &owner.username, candidate, answers).await?;
        tx.commit().await?;
        Ok(bound)
    }

    fn remembered(&self, owner: &wire::Owner) -> Option<Kept> {
        let binding = lock(&self.bindings).get(&owner.username).copied()?;
        let Some(known) = lock(&self.known).get(&binding.host).cloned() else {
            lock(&self.bindings).remove(&owner.username);
            return None;
        };
        let Known {
            host,
            streams,
            watching,
            ..
        } = known;
        Some(Kept {
            id: binding.host,
            host,
            streams,
            watching,
            owner: wire::Owner {
                fence: fence(binding),
                ..owner.clone()
            },
        })
    }

    fn remember(&self, owner: &str, binding: Binding) {
        let mut bindings = lock(&self.bindings);
        if bindings.len() >= MOST_BINDINGS {
            bindings.clear();
        }
        bindings.insert(owner.to_owned(), binding);
    }

    /// The host with the most room, of those that take programs.
    fn candidate(&self) -> Option<Uuid> {
        let known = lock(&self.known);
        let room = |known: &Known| {
            let places = known.places.saturating_sub(known.programs);
            (!known.is_draining, places)
        };
        known
            .iter()
            .max_by_key(|(id, known)| (room(known), **id))
            .map(|(id, _)| *id)
    }

    fn learn(&self, id: Uuid, host: Known) {
        let mut known = lock(&self.known);
        // One that is known by another address stays so while it answers there.
        if known.get(&id).is_some_and(|before| before.via != host.via) {
            return;
        }
        if known.insert(id, host).is_none() {
            drop(known);
            self.changed.notify_waiters();
        }
    }

    /// Whether a host is kept alive by another of its addresses.
    fn is_reached_otherwise(&self, id: Uuid, via: &LinkAddress) -> bool {
        let known = lock(&self.known);
        known.get(&id).is_some_and(|known| known.via != *via)
    }

    fn is_silent(&self, address: &LinkAddress) {
        if lock(&self.silent).insert(address.to_string()) {
            self.changed.notify_waiters();
        }
    }

    /// It answers, or nobody asks there any more.
    fn is_not_silent(&self, address: &LinkAddress) {
        lock(&self.silent).remove(&address.to_string());
    }

    /// A host is no longer reached by one of its addresses.
    fn forget(&self, id: Uuid, via: &LinkAddress) {
        let mut known = lock(&self.known);
        if known.get(&id).is_some_and(|known| known.via == *via) {
            known.remove(&id);
        }
    }
}

/// Whether a question that failed has not come to the host at all, so that nothing can have been done.
fn has_not_arrived(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if error.is::<ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What the host is told of a binding.
fn fence(binding: Binding) -> u64 {
    binding.fence.unsigned_abs()
}

/// For how long a host is written down to live.
fn span(db: &Db) -> Duration {
    match db.engine() {
        Engine::Sqlite => FOR_EVER,
        Engine::Postgres => LIVES,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_to_a_host_that_is_not_there_has_not_arrived() {
        let place = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            format!("tcp:{}", free.local_addr().unwrap())
        };
        let key: LinkKey = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let mut host = pythonide_link::connect(&place.parse().unwrap(), Some(&key)).unwrap();
        let refused = host.check(wire::CheckRequest {}).await.unwrap_err();
        assert!(has_not_arrived(&refused), "{refused:?}");
        assert!(!has_not_arrived(&Status::unavailable("it broke off")));
    }
}
