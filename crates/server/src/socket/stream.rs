//! One log that a page reads.

use std::time::Duration;

use futures::StreamExt;
use pythonide_domain::UserId;
use pythonide_link::{
    RefusalKind,
    wire::{self, log_part, log_request},
};
use pythonide_protocol::socket::FromServer;
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_stream::wrappers::WatchStream;
use uuid::Uuid;

use super::{
    convert::{host_lost, mark},
    outbox::{Gone, Outbox},
};
use crate::{app::AppError, state::App};

/// How long a host may be away before the page is told that its program cannot be reached.
const HOST_AWAY: Duration = Duration::from_secs(10);
/// Between two tries to reach it.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// Dropped, nobody reads any more.
#[derive(Debug)]
pub(super) struct Stream {
    acknowledged: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Stream {
    /// Reads `run` from `from` on, into the outbox of a page; at the pace of `user`, unless a program has just started.
    pub(super) fn open(
        app: App,
        user: Option<UserId>,
        owner: wire::Owner,
        outbox: Outbox,
        stream: u32,
        run: Uuid,
        from: u64,
    ) -> Self {
        let (acknowledged, acknowledgements) = watch::channel(from);
        let mut reading = Reading {
            app,
            owner,
            outbox,
            stream,
            run,
            next: from,
            acknowledgements,
        };
        let task = tokio::spawn(async move {
            if let Some(user) = user {
                reading.app.log_pace.wait(user).await;
            }
            if let Err(Gone) = reading.read_all().await {
                // The page is gone; its connection ends this anyhow.
            }
        });
        Self { acknowledged, task }
    }

    pub(super) fn acknowledge(&self, offset: u64) {
        self.acknowledged.send_replace(offset);
    }

    pub(super) fn is_over(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Reading {
    app: App,
    owner: wire::Owner,
    outbox: Outbox,
    stream: u32,
    run: Uuid,
    /// The offset after the last byte that went to the page.
    next: u64,
    acknowledgements: watch::Receiver<u64>,
}

impl Reading {
    /// Reads to the end, through hosts that are away for a moment.
    async fn read_all(&mut self) -> Result<(), Gone> {
        let mut away_since = None;
        let mut was_attached = false;
        loop {
            let before = self.next;
            let error = match self.read_once(&mut was_attached).await? {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if self.next != before {
                away_since = None;
            }
            match error {
                AppError::HostUnavailable(_)
                    if away_since.get_or_insert_with(Instant::now).elapsed() < HOST_AWAY =>
                {
                    tokio::time::sleep(TRY_EVERY).await;
                }
                // Another host answers, which does not know the program: its own is gone, and so is it.
                AppError::Refused(refusal)
                    if was_attached && refusal.kind == RefusalKind::NoSuchRun =>
                {
                    return self.tell_lost().await;
                }
                error => {
                    let problem = error.into_problem();
                    let stream = Some(self.stream);
                    return self
                        .outbox
                        .tell(&FromServer::Problem {
                            request: None,
                            stream,
                            problem,
                        })
                        .await;
                }
            }
        }
    }

    async fn read_once(&mut self, was_attached: &mut bool) -> Result<Result<(), AppError>, Gone> {
        let kept = match self.app.hosts.of(&self.app.db, &self.owner).await {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(error)),
        };
        let begin = wire::LogBegin {
            owner: Some(kept.owner.clone()),
            run: self.run.to_string(),
            from: self.next,
        };
        let begin = log_request::Request::Begin(begin);
        let acknowledgements = WatchStream::from_changes(self.acknowledgements.clone())
            .map(log_request::Request::Acknowledged);
        let requests = futures::stream::once(async { begin })
            .chain(acknowledgements)
            .map(|request| wire::LogRequest {
                request: Some(request),
            });
        let mut host = kept.streams;
        let mut parts = match host.read_log(requests).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if self.app.hosts.forget_if_not_held(&kept.owner, &status) => {
                return Ok(Err(AppError::HostUnavailable(status)));
            }
            Err(status) => return Ok(Err(status.into())),
        };
        loop {
            match parts.message().await {
                Ok(Some(wire::LogPart { part: Some(part) })) => {
                    *was_attached = true;
                    if self.is_before_what_was_read(&part) {
                        self.tell_lost().await?;
                        return Ok(Ok(()));
                    }
                    if self.pass_on(part).await? {
                        return Ok(Ok(()));
                    }
                }
                Ok(_) => return Ok(Err(tonic::Status::unavailable("the log broke off").into())),
                Err(status) => return Ok(Err(status.into())),
            }
        }
    }

    /// Returns whether that was the last part.
    async fn pass_on(&mut self, part: log_part::Part) -> Result<bool, Gone> {
        let stream = self.stream;
        match part {
            log_part::Part::Attached(wire::LogAttached { from, lost }) => {
                self.next = from;
                self.outbox
                    .tell(&FromServer::Attached { stream, from, lost })
                    .await?;
            }
            log_part::Part::Output(wire::LogOutput { offset, bytes }) => {
                self.next = offset + bytes.len() as u64;
                self.outbox.output(stream, offset, &bytes).await?;
            }
            log_part::Part::Mark(happened) => {
                let offset = happened.offset;
                if let Some(mark) = mark(happened) {
                    self.outbox
                        .tell(&FromServer::Mark {
                            stream,
                            offset,
                            mark,
                        })
                        .await?;
                }
            }
            log_part::Part::Ended(_) => {
                self.outbox.tell(&FromServer::LogEnded { stream }).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the host knows less of the log than the page: what was printed was lost with the host that had it, and all
    /// that is kept is that the program began.
    fn is_before_what_was_read(&self, part: &log_part::Part) -> bool {
        matches!(part, log_part::Part::Attached(wire::LogAttached { from, .. }) if *from < self.next)
    }

    async fn tell_lost(&mut self) -> Result<(), Gone> {
        let (stream, offset) = (self.stream, self.next);
        self.outbox
            .tell(&FromServer::Mark {
                stream,
                offset,
                mark: host_lost(),
            })
            .await?;
        self.outbox.tell(&FromServer::LogEnded { stream }).await
    }
}
