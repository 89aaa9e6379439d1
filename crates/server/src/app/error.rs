//! What stopped a use case, in terms of what its caller can do next.

use std::time::Duration;

use pythonide_link::Refusal;
use pythonide_store::StoreError;
use tonic::{Code, Status};

/// Why a use case was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The name or the password is wrong; which one is not told.
    #[error("The username or the password is wrong.")]
    WrongCredentials,
    /// The password that somebody who is signed in gave as the own one.
    #[error("The current password is wrong.")]
    WrongPassword,
    /// Nobody is signed in.
    #[error("You are not signed in, or your session has ended.")]
    SignedOut,
    /// Somebody is, who may not.
    #[error("You may not do that.")]
    Forbidden,
    /// The tree is for reading.
    #[error("You can read these files but not change them.")]
    ReadOnly,
    /// There is no such thing, as far as the caller may know.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The request cannot be meant so.
    #[error("{0}")]
    Invalid(String),
    /// The request came from a page of another site.
    #[error("The request came from a page of another site.")]
    CrossOrigin,
    /// Too many attempts.
    #[error("Too many attempts. Try again in {} seconds.", .retry_after.as_secs() + 1)]
    TooManyRequests {
        /// When the next one counts.
        retry_after: Duration,
    },
    /// The user has as many sockets open as anybody may.
    #[error(
        "You have this open in too many tabs or windows. Close some, then load this one again."
    )]
    TooManyPages,
    /// All places are taken.
    #[error("{0}")]
    Busy(&'static str),
    /// The host refused, and says why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The host does not answer.
    #[error(
        "Your files and programs cannot be reached just now. Nothing is lost; try again in a moment."
    )]
    HostUnavailable(#[source] Status),
    /// The database does not answer, or takes no changes.
    #[error(
        "The service cannot use its database just now. Nothing is lost; try again in a moment."
    )]
    DatabaseUnavailable(#[source] StoreError),
    /// Our fault.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppError {
    /// Our fault, for this cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            error @ (StoreError::Unavailable { .. } | StoreError::ReadOnly { .. }) => {
                Self::DatabaseUnavailable(error)
            }
            other => Self::internal(other),
        }
    }
}

impl From<Status> for AppError {
    fn from(status: Status) -> Self {
        match Refusal::from_status(&status) {
            Some(refusal) => Self::Refused(refusal),
            // `Unknown` and `Cancelled` are what a connection that breaks leaves behind.
            None if matches!(
                status.code(),
                Code::Unavailable | Code::Unknown | Code::Cancelled
            ) =>
            {
                Self::HostUnavailable(status)
            }
            None => Self::internal(status),
        }
    }
}

/// An error and what caused it, on one line: for the log, and never for a browser.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
