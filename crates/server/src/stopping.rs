//! That the server was asked to stop, and who has still to go.

use tokio::sync::watch;

/// Told once; heard by readiness, by connections and by sockets.
#[derive(Debug)]
pub(crate) struct Stopping(watch::Sender<bool>);

/// Somebody who is told when it begins, and who is waited for.
#[derive(Debug, Clone)]
pub(crate) struct Hearing(watch::Receiver<bool>);

impl Default for Stopping {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stopping {
    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) fn hear(&self) -> Hearing {
        Hearing(self.0.subscribe())
    }

    /// Completes when nobody hears any more.
    pub(crate) async fn all_gone(&self) {
        self.0.closed().await;
    }
}

impl Hearing {
    /// Completes when it has begun.
    pub(crate) async fn begun(&mut self) {
        if self.0.wait_for(|has_begun| *has_begun).await.is_err() {
            // Who would tell it is gone, and everything with it.
            std::future::pending::<()>().await;
        }
    }
}
