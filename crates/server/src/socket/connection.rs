//! One page's conversation.

use std::{collections::HashMap, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures::StreamExt;
use pythonide_domain::UserId;
use pythonide_link::{HostClient, OfWorkspace, RefusalKind, wire};
use pythonide_protocol::{
    PROTOCOL,
    socket::{CLOSE_SIGNED_OUT, CLOSE_STOPPING, FromBrowser, FromServer, RunView},
};
use pythonide_store::events::{Event, Events, Heard};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    convert::run_view,
    outbox::{Gone, Outbox},
    stream::Stream,
    watcher::Watcher,
};
use crate::{
    app::{AppError, error::chain, runs, sessions, trees},
    http::{actors::SignedIn, assets},
    state::App,
    stopping::Hearing,
};

/// RFC 6455: a message that this protocol does not have.
const CLOSE_NOT_UNDERSTOOD: u16 = 1002;
/// A browser answers a ping each 20 seconds.
const HEARD_WITHIN: Duration = Duration::from_mins(1);
/// A host answers in milliseconds, or is in trouble.
const HOST_ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How long what is still to be sent may take when the connection ends.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);
/// How long a page may take to leave a server that stops.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);
/// Without any event a session is looked up so often, which counts as a use.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// While the database is away.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Logs that one page reads at once.
const MAX_STREAMS: usize = 8;
/// One message of input.
const MAX_INPUT_BYTES: usize = 64 << 10;

/// Talks to a page until it goes or its session ends.
pub(super) async fn serve(app: App, signed_in: SignedIn, socket: WebSocket) {
    let (sink, mut messages) = socket.split();
    let (outbox, sending) = Outbox::new(sink);
    // Dropped at the end, they end them all.
    let (mut sender, mut tasks) = (JoinSet::new(), JoinSet::new());
    sender.spawn(sending);
    tasks.spawn(send_away(app.stopping.hear(), outbox.clone()));
    let mut connection = Connection {
        user: signed_in.user().id,
        owner: trees::home_of(signed_in.user()),
        app: app.clone(),
        watcher: Watcher::new(outbox.clone()),
        outbox,
        streams: HashMap::new(),
        is_greeted: false,
    };
    let mut ended = std::pin::pin!(session_ends(&app, &signed_in));
    loop {
        let message = tokio::select! {
            message = timeout(HEARD_WITHIN, messages.next()) => message,
            () = &mut ended => {
                connection.sign_out().await;
                break;
            }
            // The browser takes no more.
            _ = sender.join_next() => return,
        };
        // Nobody is there any more to whom anything could be sent.
        let Ok(Some(Ok(message))) = message else {
            return;
        };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => {
                // The answer to it goes out when the next message is asked for.
                let _ = timeout(CLOSED_WITHIN, messages.next()).await;
                return;
            }
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Binary(_) => {
                connection
                    .outbox
                    .close(CLOSE_NOT_UNDERSTOOD, "binary messages go one way only")
                    .await;
                break;
            }
        };
        let Ok(message) = serde_json::from_str(&text) else {
            connection
                .outbox
                .close(CLOSE_NOT_UNDERSTOOD, "no message of this protocol")
                .await;
            break;
        };
        // A host that takes its time, or a browser that takes nothing, does not keep a session that has ended.
        let heard = tokio::select! {
            heard = connection.hear(message, &mut tasks) => heard,
            () = &mut ended => {
                connection.sign_out().await;
                break;
            }
        };
        match heard {
            Ok(()) => {}
            Err(Gone) => break,
        }
    }
    let Connection {
        outbox,
        watcher,
        streams,
        ..
    } = connection;
    drop((outbox, watcher, streams));
    tasks.shutdown().await;
    // What is still to be sent, a close frame above all, goes out before the sender is ended.
    let _ = timeout(CLOSED_WITHIN, sender.join_next()).await;
}

struct Connection {
    app: App,
    user: UserId,
    owner: wire::Owner,
    outbox: Outbox,
    watcher: Watcher,
    streams: HashMap<u32, Stream>,
    is_greeted: bool,
}

impl Connection {
    async fn hear(&mut self, message: FromBrowser, tasks: &mut JoinSet<()>) -> Result<(), Gone> {
        if let FromBrowser::Hello { protocol } = message {
            return self.greet(protocol, tasks).await;
        }
        if !self.is_greeted {
            self.outbox
                .close(CLOSE_NOT_UNDERSTOOD, "the first message is hello")
                .await;
            return Err(Gone);
        }
        let outcome = match message {
            FromBrowser::Hello { .. } => Ok(()),
            FromBrowser::Ping => return self.outbox.tell(&FromServer::Pong).await,
            FromBrowser::Start {
                request,
                stream,
                path,
                columns,
                rows,
            } => {
                let started = match self.check_stream(stream) {
                    Ok(()) => self.start(path, columns, rows).await,
                    Err(error) => Err(error),
                };
                return match started {
                    Ok(run) => self.started(request, stream, run).await,
                    Err(error) => self.problem(Some(request), None, error).await,
                };
            }
            FromBrowser::Attach { stream, run, from } => {
                return self.attach(stream, run, from).await;
            }
            FromBrowser::Detach { stream } => {
                self.streams.remove(&stream);
                Ok(())
            }
            FromBrowser::Acknowledge { stream, offset } => {
                if let Some(stream) = self.streams.get(&stream) {
                    stream.acknowledge(offset);
                }
                Ok(())
            }
            FromBrowser::Input { run, data } => self.input(run, data).await,
            FromBrowser::Resize { run, columns, rows } => self.resize(run, columns, rows).await,
            FromBrowser::Stop { run } => self.stop(run).await,
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.problem(None, None, error).await,
        }
    }

    /// Shows nothing more, and tells the page to sign in again.
    async fn sign_out(&mut self) {
        self.streams.clear();
        let closed = self.outbox.close(CLOSE_SIGNED_OUT, "the session has ended");
        // A browser that takes nothing just sees the connection end.
        let _ = timeout(CLOSED_WITHIN, closed).await;
    }

    async fn greet(&mut self, protocol: u16, tasks: &mut JoinSet<()>) -> Result<(), Gone> {
        if protocol != PROTOCOL {
            let build = assets::build();
            self.outbox.tell(&FromServer::Reload { build }).await?;
            return Err(Gone);
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.outbox
            .tell(&FromServer::Welcome {
                protocol: PROTOCOL,
                version,
                build: assets::build(),
            })
            .await?;
        if !self.is_greeted {
            self.is_greeted = true;
            let watcher = self.watcher.clone();
            tasks.spawn(watcher.watch(self.app.clone(), self.owner.clone()));
        }
        Ok(())
    }

    async fn start(&mut self, path: String, columns: u16, rows: u16) -> Result<RunView, AppError> {
        let path = trees::named(&path)?;
        let request = wire::StartRunRequest {
            owner: Some(self.owner.clone()),
            path,
            columns: columns.clamp(1, 1000).into(),
            rows: rows.clamp(1, 1000).into(),
            hints: runs::hints_of(&self.app, self.user).await,
        };
        let started = match self.ask_to_start(request.clone()).await {
            Err(AppError::Refused(refusal)) if refusal.kind == RefusalKind::Draining => {
                let (hosts, db) = (&self.app.hosts, &self.app.db);
                if !hosts.leave_for_start(db, &self.owner).await? {
                    return Err(refusal.into());
                }
                self.ask_to_start(request).await
            }
            started => started,
        };
        run_view(started?)
    }

    async fn ask_to_start(
        &self,
        request: wire::StartRunRequest,
    ) -> Result<wire::RunStatus, AppError> {
        self.ask(request, async |mut host, request| {
            host.start_run(request).await
        })
        .await
    }

    /// Whoever starts a program wants to see what it prints, and need not ask for it.
    async fn started(&mut self, request: u32, stream: u32, run: RunView) -> Result<(), Gone> {
        let id = run.id;
        self.watcher.tell_started(request, run).await?;
        // Starting takes longer than any pace.
        self.read(stream, id, 0, None);
        Ok(())
    }

    async fn attach(&mut self, stream: u32, run: Uuid, from: u64) -> Result<(), Gone> {
        match self.check_stream(stream) {
            Ok(()) => self.read(stream, run, from, Some(self.user)),
            Err(error) => return self.problem(None, Some(stream), error).await,
        }
        Ok(())
    }

    fn check_stream(&mut self, stream: u32) -> Result<(), AppError> {
        self.streams.retain(|_, stream| !stream.is_over());
        if self.streams.contains_key(&stream) || self.streams.len() >= MAX_STREAMS {
            let sentence = format!("stream {stream} is in use, or there are too many");
            return Err(AppError::Invalid(sentence));
        }
        Ok(())
    }

    fn read(&mut self, stream: u32, run: Uuid, from: u64, user: Option<UserId>) {
        let reading = Stream::open(
            self.app.clone(),
            user,
            self.owner.clone(),
            self.outbox.clone(),
            stream,
            run,
            from,
        );
        self.streams.insert(stream, reading);
    }

    async fn input(&mut self, run: Uuid, data: String) -> Result<(), AppError> {
        if data.len() > MAX_INPUT_BYTES {
            return Err(AppError::Invalid(
                "input comes in parts of at most 64 KiB".to_owned(),
            ));
        }
        let request = wire::InputRequest {
            owner: Some(self.owner.clone()),
            run: run.to_string(),
            data: data.into(),
        };
        self.ask(request, async |mut host, request| {
            host.send_input(request).await
        })
        .await?;
        Ok(())
    }

    async fn resize(&mut self, run: Uuid, columns: u16, rows: u16) -> Result<(), AppError> {
        let request = wire::ResizeRequest {
            owner: Some(self.owner.clone()),
            run: run.to_string(),
            columns: columns.clamp(1, 1000).into(),
            rows: rows.clamp(1, 1000).into(),
        };
        self.ask(request, async |mut host, request| {
            host.resize_run(request).await
        })
        .await?;
        Ok(())
    }

    async fn stop(&mut self, run: Uuid) -> Result<(), AppError> {
        let request = wire::RunRequest {
            owner: Some(self.owner.clone()),
            run: run.to_string(),
        };
        self.ask(request, async |mut host, request| {
            host.stop_run(request).await
        })
        .await?;
        Ok(())
    }

    /// What the host answers, if it does so soon: a page's other messages, a stop above all, wait for it.
    async fn ask<Q: OfWorkspace, T>(
        &self,
        request: Q,
        question: impl AsyncFn(HostClient, Q) -> Result<tonic::Response<T>, tonic::Status>,
    ) -> Result<T, AppError> {
        let asked = self.app.hosts.ask(&self.app.db, request, question);
        timeout(HOST_ANSWERS_WITHIN, asked)
            .await
            .map_err(|_| tonic::Status::unavailable("the host does not answer"))?
    }

    async fn problem(
        &self,
        request: Option<u32>,
        stream: Option<u32>,
        error: AppError,
    ) -> Result<(), Gone> {
        let problem = error.into_problem();
        self.outbox
            .tell(&FromServer::Problem {
                request,
                stream,
                problem,
            })
            .await
    }
}

/// Tells the page to go to another server when this one is asked to stop, and closes the connection of one that stays. What
/// it said before it heard of it is heard meanwhile.
async fn send_away(mut stopping: Hearing, outbox: Outbox) {
    stopping.begun().await;
    // One that takes nothing more is closed like one that stays.
    let _ = timeout(LEAVES_WITHIN, outbox.tell(&FromServer::Leave)).await;
    sleep(LEAVES_WITHIN).await;
    // The sender ends after that, and with it all else.
    outbox.close(CLOSE_STOPPING, "this server stops").await;
}

/// Returns when the session is over. It is looked up when a session of its user has ended, and each minute, which counts
/// as a use: a page that stays open keeps its user signed in.
async fn session_ends(app: &App, signed_in: &SignedIn) {
    let mut events = app.db.events();
    loop {
        // The first time at once: it may have ended before there was anybody to hear of it.
        let pause = match sessions::find(app, signed_in.token()).await {
            Ok(_) => LOOK_EVERY,
            Err(AppError::SignedOut) => return,
            // A database that is away ends nobody's session.
            Err(error) => {
                tracing::warn!(error = chain(&error), "could not look a session up");
                LOOK_AGAIN
            }
        };
        // Over when there is reason to look, or when there was none for so long.
        let _ = timeout(pause, concerns(&mut events, signed_in.user().id)).await;
    }
}

/// Returns when something is heard that may have ended a session of the user.
async fn concerns(events: &mut Events, whose: UserId) {
    loop {
        match events.next().await {
            Heard::Event(Event::SessionsEnded { user }) if user != whose => {}
            Heard::Event(Event::SessionsEnded { .. }) | Heard::Missed => return,
        }
    }
}
