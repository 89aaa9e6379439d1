//! From settings to a server that answers.

use std::{net::SocketAddr, time::Duration};

use axum::{ServiceExt, serve::ListenerExt};
use pythonide_store::StoreError;
use tokio::net::TcpListener;

use crate::{http, jobs, state::App};

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
    /// Accepting failed.
    #[error("could not serve")]
    Serve(#[source] std::io::Error),
}

/// A server that is listening, and answers once it is awaited.
#[derive(Debug)]
pub struct Running {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
}

/// Checks the database and listens at the address of the settings.
///
/// # Errors
/// When the database's schema is another version's, or the address cannot be had.
pub async fn serve(app: App) -> Result<Running, ServeError> {
    app.db.check_schema().await?;
    let wanted = app.settings.listen;
    let listen = async || {
        let listener = TcpListener::bind(wanted).await?;
        Ok((listener.local_addr()?, listener))
    };
    let (address, listener) = listen().await.map_err(|source| ServeError::Listen {
        address: wanted,
        source,
    })?;
    Ok(Running {
        app,
        listener,
        address,
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown`, then lets requests finish for ten seconds.
    ///
    /// # Errors
    /// When accepting fails for good.
    pub async fn until(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let service = http::router(self.app.clone());
        let service = ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<
            SocketAddr,
        >(service);
        // A key typed and a line printed are small: none may wait to be sent together with the next.
        let listener = self.listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection was gone at once");
            }
        });
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            shutdown.await;
            // Nobody waits for it when serving has ended by itself.
            let _ = stopping.send(true);
        });
        let too_long = async {
            if stopped.wait_for(|stopped| *stopped).await.is_ok() {
                tokio::time::sleep(FINISH_WITHIN).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let records = tokio::spawn(jobs::run_records::take(self.app.clone()));
        let served = tokio::select! {
            served = serving => served.map_err(ServeError::Serve),
            () = too_long => Ok(()),
        };
        records.abort();
        served
    }
}
