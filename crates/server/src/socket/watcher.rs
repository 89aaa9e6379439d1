//! Tells a page its workspace's program, now and at each change, also after the host was away.

use std::{sync::Arc, time::Duration};

use futures::{Stream, StreamExt};
use pythonide_link::wire;
use pythonide_protocol::socket::{FromServer, RunView};
use tokio::sync::Mutex;

use super::{
    convert::run_view,
    outbox::{Gone, Outbox},
};
use crate::{
    app::{AppError, error::chain},
    state::App,
};

/// Between two tries to reach a host that is away.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// What a page is told about its program comes from two sides: the host's answer to its start, and what is watched. What
/// was watched before the answer may come after it, and tells of the program that was there before; so it is let go, and
/// watching begins anew.
#[derive(Debug, Clone)]
pub(super) struct Watcher {
    outbox: Outbox,
    /// The starts that were told; held while something is told.
    starts: Arc<Mutex<u64>>,
}

impl Watcher {
    pub(super) fn new(outbox: Outbox) -> Self {
        Self {
            outbox,
            starts: Arc::default(),
        }
    }

    /// Tells that the page's request has started `run`.
    pub(super) async fn tell_started(&self, request: u32, run: RunView) -> Result<(), Gone> {
        let mut starts = self.starts.lock().await;
        *starts += 1;
        self.outbox
            .tell(&FromServer::RunStarted { request, run })
            .await
    }

    /// Tells of the program until the page is gone. A page whose host does not answer here, but does elsewhere, is sent
    /// there.
    pub(super) async fn watch(self, app: App, owner: wire::Owner) {
        let mut is_logged = false;
        loop {
            let starts = *self.starts.lock().await;
            let next = match app.hosts.watch_program(&app.db, &owner).await {
                Ok(programs) => self.pass_on(programs, starts).await,
                Err(AppError::HostUnavailable(_)) => self.send_where_it_answers(&app).await,
                Err(error) => {
                    // Once for a page: it is tried again and again.
                    if !std::mem::replace(&mut is_logged, true) {
                        tracing::error!(error = chain(&error), "a page is told of no program");
                    }
                    Ok(Next::Later)
                }
            };
            match next {
                Ok(Next::AtOnce) => continue,
                Ok(Next::Later) => {}
                Err(Gone) => return,
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    async fn send_where_it_answers(&self, app: &App) -> Result<Next, Gone> {
        // While the database is away nobody knows, and the page is no better off elsewhere.
        if let Ok(true) = app.hosts.is_one_out_of_reach(&app.db).await {
            self.outbox.tell(&FromServer::Leave).await?;
        }
        Ok(Next::Later)
    }

    /// Tells what is watched, until the host is away or something from before a start may be among it.
    async fn pass_on(
        &self,
        mut programs: impl Stream<Item = Result<wire::Program, tonic::Status>> + Unpin,
        starts: u64,
    ) -> Result<Next, Gone> {
        while let Some(Ok(wire::Program { run })) = programs.next().await {
            let Ok(run) = run.map(run_view).transpose() else {
                break;
            };
            let now = self.starts.lock().await;
            if *now != starts {
                return Ok(Next::AtOnce);
            }
            self.outbox.tell(&FromServer::Program { run }).await?;
        }
        Ok(Next::Later)
    }
}

/// When watching begins anew.
enum Next {
    AtOnce,
    Later,
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Message;
    use futures::stream;
    use pythonide_protocol::socket::RunState;
    use uuid::Uuid;

    use super::*;

    fn ended(run: Uuid) -> wire::Program {
        let run = wire::RunStatus {
            run: run.to_string(),
            path: "before.py".to_owned(),
            state: wire::RunState::Ended.into(),
            ..wire::RunStatus::default()
        };
        wire::Program { run: Some(run) }
    }

    #[tokio::test]
    async fn what_was_watched_before_a_start_is_not_told_after_it() {
        let (outbox, mut told) = Outbox::kept();
        let watcher = Watcher::new(outbox);
        let [before, started] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let next = watcher.pass_on(stream::iter([Ok(ended(before))]), 0).await;
        assert!(matches!(next, Ok(Next::Later)));
        let run = RunView {
            id: started,
            path: "next.py".to_owned(),
            state: RunState::Running,
            position: None,
            waits_for_memory: false,
        };
        watcher.tell_started(1, run).await.unwrap();
        let next = watcher.pass_on(stream::iter([Ok(ended(before))]), 0).await;
        assert!(matches!(next, Ok(Next::AtOnce)));

        let types = std::iter::from_fn(|| match told.try_recv().ok()? {
            Message::Text(text) => serde_json::from_str::<FromServer>(&text).ok(),
            other => panic!("{other:?}"),
        });
        let types: Vec<_> = types.collect();
        assert!(
            matches!(
                types.as_slice(),
                [FromServer::Program { .. }, FromServer::RunStarted { .. }]
            ),
            "{types:?}"
        );
    }
}
