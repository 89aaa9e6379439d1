//! What went wrong, as RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Why a request was not carried out; the front end switches on this, never on the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "socket.ts")]
pub enum ProblemCode {
    /// The name or the password is wrong.
    WrongCredentials,
    /// Nobody is signed in, or the session has expired.
    SignedOut,
    /// Somebody is signed in who may not do this.
    Forbidden,
    /// There is no such thing, or the caller may not know that there is.
    NotFound,
    /// The request was understood and cannot be meant so.
    Invalid,
    /// The request came from a page of another site.
    CrossOrigin,
    /// Too many attempts, of which `Retry-After` says when the next one counts; or too many pages.
    TooManyRequests,
    /// The file has changed since the caller read it.
    Conflict,
    /// Something of that name is already there.
    AlreadyExists,
    /// The name or path cannot be used for a file.
    BadName,
    /// The file is not text, or not UTF-8.
    NotText,
    /// The file or folder is larger than this operation takes.
    TooLarge,
    /// A folder where a file was meant, a pipe, a device, a link.
    NotAFile,
    /// The folder is shared for reading only.
    ReadOnly,
    /// No space is left where the files are kept.
    DiskFull,
    /// The disk has an error, or the network that it is reached by: try again soon.
    FilesUnavailable,
    /// What is kept is damaged on the disk.
    Damaged,
    /// The owner's files take all that they may.
    QuotaFull,
    /// A program of this workspace is running already.
    ProgramRunning,
    /// The run is over or was never there.
    NoSuchRun,
    /// The host is full: try again soon.
    Busy,
    /// The host that keeps files and programs does not answer.
    HostUnavailable,
    /// The database does not answer, or takes no changes: try again soon.
    DatabaseUnavailable,
    /// Our fault; the log has the cause under the request's id.
    Internal,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export_to = "socket.ts")]
pub struct Problem {
    /// Always `about:blank`: `code` tells the kinds apart.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status, again.
    pub status: u16,
    /// A sentence for the person at the screen.
    pub title: String,
    /// What the front end switches on.
    pub code: ProblemCode,
    /// Finds the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub request_id: Option<String>,
}
