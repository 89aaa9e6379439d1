//! Tells a page its workspace's program, now and at each change, also after the host was away.

use std::time::Duration;

use pythonide_link::{HostClient, wire};
use pythonide_protocol::socket::FromServer;

use super::{convert::run_view, outbox::Outbox};

/// Between two tries to reach a host that is away.
const TRY_EVERY: Duration = Duration::from_millis(500);

pub(super) async fn watch(mut host: HostClient, owner: wire::Owner, outbox: Outbox) {
    loop {
        if let Ok(programs) = host.watch_program(owner.clone()).await {
            let mut programs = programs.into_inner();
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
