//! From settings to a server that answers.

use std::{net::SocketAddr, time::Duration};

use pythonide_store::{Schema, StoreError};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::sleep};

use crate::{accept, hosts, http, state::App};

/// How long requests may take to finish after the server was told to stop.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// Why a server did not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("could not listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        #[source]
        #[expect(missing_docs, reason = "the cause")]
        source: std::io::Error,
    },
    /// The database is not as it must be.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that is listening, and answers once it is awaited.
#[derive(Debug)]
pub struct Running {
    app: App,
    listening: Listening,
    metrics: Option<Listening>,
}

#[derive(Debug)]
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

/// Checks the database and listens at the addresses of the settings.
///
/// # Errors
/// When this version cannot use the database's schema, or an address cannot be had.
pub async fn serve(app: App) -> Result<Running, ServeError> {
    if let Schema::Newer { database, program } = app.db.check_schema().await? {
        tracing::info!(
            database,
            program,
            "the database has the schema of a newer version, beside which this one goes on"
        );
    }
    let listening = listen(app.settings.listen).await?;
    let metrics = match app.settings.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    Ok(Running {
        app,
        listening,
        metrics,
    })
}

async fn listen(wanted: SocketAddr) -> Result<Listening, ServeError> {
    let listen = async || {
        let listener = TcpListener::bind(wanted).await?;
        let address = listener.local_addr()?;
        Ok(Listening { listener, address })
    };
    listen().await.map_err(|source| ServeError::Listen {
        address: wanted,
        source,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listening.address
    }

    /// Where it tells how it is doing, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|listening| listening.address)
    }

    /// Answers until `shutdown`, then lets requests finish for ten seconds.
    pub async fn until(self, shutdown: impl Future<Output = ()> + Send) {
        let Self {
            app,
            listening: Listening { listener, .. },
            metrics,
        } = self;
        // Dropped at the end, it ends them.
        let mut beside = JoinSet::new();
        beside.spawn(hosts::beats::keep_all(app.clone()));
        let db = app.db.clone();
        beside.spawn(async move { db.hear_others().await });
        if let Some(Listening { listener, .. }) = metrics {
            let router = http::metrics::router(app.clone());
            let never = std::future::pending();
            beside.spawn(accept::serve(listener, router, accept::HEAD_WITHIN, never));
        }
        let (stopping, mut stopped) = watch::channel(false);
        let shutdown = async {
            shutdown.await;
            stopping.send_replace(true);
        };
        let too_long = async {
            // The sender lives as long as this.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(FINISH_WITHIN).await;
        };
        let router = http::router(app);
        tokio::select! {
            () = accept::serve(listener, router, accept::HEAD_WITHIN, shutdown) => {}
            () = too_long => tracing::warn!("requests that were not over have been ended"),
        }
    }
}
