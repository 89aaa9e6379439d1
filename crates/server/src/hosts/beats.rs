//! Keeps hosts alive: writes down that they live, and tells them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use pythonide_link::{HostClient, LinkAddress, wire};
use pythonide_store::{
    Engine,
    hosts::{self, Holder, Host},
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time::{sleep, timeout},
};
use tonic::Status;
use uuid::Uuid;

use super::{Known, names, span, watching::Watching};
use crate::{
    app::{AppError, error::chain},
    jobs::run_records,
    state::App,
};

/// Between two beats.
const EVERY: Duration = Duration::from_secs(1);
/// How long a host may take to answer one; another beat fits into the time that it lives.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1500);
/// Beats that a host which nobody has named may leave without an answer.
const GIVEN_UP_AFTER: u32 = 30;
/// Between two looks for hosts that other servers have written down.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// For ever: keeps those hosts alive that this server was told of, and those that others have found.
pub(crate) async fn keep_all(app: App) {
    let mut tasks = JoinSet::new();
    let mut kept: HashMap<LinkAddress, AbortHandle> = HashMap::new();
    let mut start = |tasks: &mut JoinSet<()>, address: LinkAddress| {
        let is_running = |task: &AbortHandle| !task.is_finished();
        if !kept.get(&address).is_some_and(is_running) {
            let task = tasks.spawn(keep(app.clone(), address.clone()));
            kept.insert(address, task);
        }
    };
    let (told, mut found) = mpsc::channel(16);
    // Dropped at the end, it ends them.
    let mut lookups = JoinSet::new();
    for address in app.hosts.configured.clone() {
        if address.is_name() {
            lookups.spawn(names::follow(address, told.clone()));
        } else {
            start(&mut tasks, address);
        }
    }
    loop {
        while tasks.try_join_next().is_some() {}
        for address in app.hosts.named() {
            start(&mut tasks, address);
        }
        match written_down(&app).await {
            Ok(addresses) => {
                for address in addresses {
                    start(&mut tasks, address);
                }
            }
            // Those that are known are kept as they are.
            Err(error) => tracing::debug!(error = chain(&error), "could not look for hosts"),
        }
        // `told` is kept: the channel stays open.
        if let Ok(Some(found)) = timeout(LOOK_EVERY, found.recv()).await {
            app.hosts.stands_for(found);
        }
    }
}

/// Where the hosts are that others can reach too.
async fn written_down(app: &App) -> Result<Vec<LinkAddress>, AppError> {
    if app.db.engine() == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let mut tx = app.db.begin().await?;
    let hosts = hosts::live(&mut tx).await?;
    tx.commit().await?;
    let addresses = hosts.iter().filter_map(|host| host.address.parse().ok());
    Ok(addresses
        .filter(|address| matches!(address, LinkAddress::Tcp { .. }))
        .collect())
}

/// Keeps the host at an address alive, and takes its records; one that nobody has named and that is gone is left.
async fn keep(app: App, address: LinkAddress) {
    let (host, streams) = match app.hosts.connect(&address) {
        Ok(clients) => clients,
        Err(error) => {
            tracing::error!(%error, %address, "a host cannot be reached");
            return;
        }
    };
    let mut beside = JoinSet::new();
    beside.spawn(run_records::take(app.clone(), streams.clone()));
    let mut beats = Beats {
        app,
        address,
        host,
        watching: Arc::new(Watching::new(streams.clone())),
        streams,
        current: None,
        silent: 0,
        why: None,
        has_retired: false,
        other: None,
    };
    loop {
        match beats.once().await {
            Ok(()) => {
                beats.silent = 0;
                beats.why = None;
                beats.app.hosts.is_not_silent(&beats.address);
            }
            Err(error) => {
                // The same is not told each second.
                let why = chain(&error);
                if beats.why.as_ref() != Some(&why) {
                    tracing::warn!(error = why, address = %beats.address, "a host is not kept alive");
                    beats.why = Some(why);
                }
                beats.silent += 1;
                beats.app.hosts.is_silent(&beats.address);
            }
        }
        let is_given_up = beats.has_retired || beats.silent > GIVEN_UP_AFTER;
        if is_given_up && !beats.app.hosts.is_named(&beats.address) {
            return;
        }
        sleep(EVERY).await;
    }
}

struct Beats {
    app: App,
    address: LinkAddress,
    host: HostClient,
    streams: HostClient,
    watching: Arc<Watching>,
    /// The process that answered last.
    current: Option<Uuid>,
    /// How often in a row none has.
    silent: u32,
    /// Why the last one was not.
    why: Option<String>,
    /// It has ended in order.
    has_retired: bool,
    /// Who was at the address of a host that is new.
    other: Option<Holder>,
}

impl Drop for Beats {
    fn drop(&mut self) {
        self.becomes(None);
        self.app.hosts.is_not_silent(&self.address);
    }
}

impl Beats {
    async fn once(&mut self) -> Result<(), AppError> {
        let reply = match self.ask(wire::BeatRequest::default()).await {
            Ok(reply) => reply,
            Err(error) => {
                self.becomes(None);
                return Err(error);
            }
        };
        let id: Uuid = reply.host.parse().map_err(AppError::internal)?;
        if reply.is_over {
            return self.retire(id, reply.host).await;
        }
        if self.app.hosts.is_reached_otherwise(id, &self.address) {
            // It has several addresses, of which one will do.
            self.becomes(None);
            return Ok(());
        }
        let lives = self.write(id, &reply).await?;
        // Only what is written down is said.
        let said = wire::BeatRequest {
            host: reply.host.clone(),
            beat: reply.beat,
            lives_ms: (self.app.db.engine() == Engine::Postgres)
                .then(|| u64::try_from(span(&self.app.db).as_millis()).unwrap_or(u64::MAX)),
            is_dead: !lives,
        };
        self.ask(said).await?;
        if lives {
            self.becomes(Some(id));
            let known = Known {
                via: self.address.clone(),
                address: self.shown(&reply),
                host: self.host.clone(),
                streams: self.streams.clone(),
                watching: Arc::clone(&self.watching),
                is_draining: reply.is_draining,
                programs: reply.programs,
                places: reply.places,
            };
            self.app.hosts.learn(id, known);
        } else {
            tracing::error!(address = %self.address, "a host had been declared dead");
            self.becomes(None);
        }
        Ok(())
    }

    /// Writes down that the host has ended: another can have at once what it kept.
    async fn retire(&mut self, id: Uuid, host: String) -> Result<(), AppError> {
        self.becomes(None);
        let mut tx = self.app.db.begin().await?;
        hosts::retire(&mut tx, id).await?;
        tx.commit().await?;
        let said = wire::BeatRequest {
            host,
            is_dead: true,
            ..wire::BeatRequest::default()
        };
        self.ask(said).await?;
        self.has_retired = true;
        Ok(())
    }

    /// Writes down that the host lives; returns whether it may.
    async fn write(&mut self, id: Uuid, reply: &wire::BeatReply) -> Result<bool, AppError> {
        let app = self.app.clone();
        if app.db.engine() == Engine::Sqlite && self.current == Some(id) {
            return Ok(true);
        }
        let span = span(&app.db);
        let mut tx = app.db.begin().await?;
        let mut lives = hosts::renew(&mut tx, id, reply.is_draining, span).await?;
        if !lives && reply.is_new {
            let host = Host {
                id,
                address: self.shown(reply),
                version: reply.version.clone(),
                is_draining: reply.is_draining,
            };
            if app.db.engine() == Engine::Postgres {
                let other = hosts::other_at(&mut tx, &host.address, id).await?;
                self.refuse_other(&host.address, other)?;
            }
            hosts::register(&mut tx, &host, span).await?;
            lives = true;
        }
        tx.commit().await?;
        Ok(lives)
    }

    /// Refuses a new host whose address another has that somebody keeps alive: each would be the other's end, over and over.
    /// One that was there before, and is dead, is kept alive by nobody: that is seen at the next beat.
    fn refuse_other(&mut self, address: &str, other: Option<Holder>) -> Result<(), AppError> {
        let before = std::mem::replace(&mut self.other, other);
        match (before, other) {
            (_, None) => Ok(()),
            (Some(before), Some(now)) if before == now => Ok(()),
            (Some(before), Some(now)) if before.id == now.id => Err(AppError::internal(format!(
                "two hosts say that they are reached at {address}, and the other lives; give each an address of its \
                     own (--advertise)"
            ))),
            _ => Err(AppError::internal(format!(
                "it is to be seen whether the host that was at {address} before lives"
            ))),
        }
    }

    /// Where others reach it; or what no other host is called, where none do.
    fn shown(&self, reply: &wire::BeatReply) -> String {
        if !reply.address.is_empty() {
            return reply.address.clone();
        }
        let machine = rustix::system::uname();
        format!("{} {}", machine.nodename().to_string_lossy(), self.address)
    }

    fn becomes(&mut self, id: Option<Uuid>) {
        if let Some(before) = self.current.filter(|before| Some(*before) != id) {
            self.app.hosts.forget(before, &self.address);
        }
        self.current = id;
    }

    async fn ask(&mut self, request: wire::BeatRequest) -> Result<wire::BeatReply, AppError> {
        let answer = timeout(ANSWERS_WITHIN, self.host.beat(request)).await;
        let answer = answer.map_err(|_| Status::unavailable("the host does not answer"))??;
        Ok(answer.into_inner())
    }
}
