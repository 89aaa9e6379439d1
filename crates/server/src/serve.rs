//! From settings to a server that answers.

use std::{net::SocketAddr, time::Duration};

use pythonide_store::{Schema, StoreError};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};

use crate::{accept, hosts, http, places::HAS_USER_LIMITS, state::App};

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
    if !HAS_USER_LIMITS {
        tracing::warn!("this is a test build: what a user may ask for at once has no limit");
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

    /// Answers until `shutdown`. Then nobody is let in any more, pages are told to go to another server, and what has begun
    /// is finished, for as long as the settings say.
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
            beside.spawn(accept::serve(
                listener,
                router,
                accept::Timeouts::default(),
                never,
            ));
        }
        let finish_within = Duration::from_secs(app.settings.stop_seconds.into());
        let (stopping, router) = (&app.stopping, http::router(app.clone()));
        let shutdown = async {
            shutdown.await;
            tracing::info!("asked to stop: pages are sent to other servers");
            stopping.begin();
        };
        let mut begun = stopping.hear();
        let too_long = async move {
            begun.begun().await;
            // From here on it is only waited for others.
            drop(begun);
            sleep(finish_within).await;
        };
        let finished = async {
            accept::serve(listener, router, accept::Timeouts::default(), shutdown).await;
            stopping.all_gone().await;
        };
        tokio::select! {
            () = finished => {}
            () = too_long => tracing::warn!("requests and pages that were not over have been ended"),
        }
    }
}
