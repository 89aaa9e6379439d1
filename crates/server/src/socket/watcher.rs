//! Tells a page its workspace's program, now and at each change, also after the host was away.

use std::time::Duration;

use pythonide_link::wire;
use pythonide_protocol::socket::FromServer;

use super::{convert::run_view, outbox::Outbox};
use crate::state::App;

/// Between two tries to reach a host that is away.
const TRY_EVERY: Duration = Duration::from_millis(500);

pub(super) async fn watch(app: App, owner: wire::Owner, outbox: Outbox) {
    loop {
        let watched = app
            .hosts
            .ask_streams(&app.db, owner.clone(), async |mut host, owner| {
                host.watch_program(owner).await
            });
        if let Ok(mut programs) = watched.await {
            while let Ok(Some(wire::Program { run })) = programs.message().await {
                let Ok(run) = run.map(run_view).transpose() else {
                    break;
                };
                if outbox.tell(&FromServer::Program { run }).await.is_err() {
                    return;
                }
            }
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
}
