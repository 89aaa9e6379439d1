//! What the file system said, as something the user at the screen can act on.

use std::io;

use pythonide_link::{Refusal, RefusalKind};
use rustix::io::Errno;

/// Why a file operation was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// The user can do something about it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Only an operator can.
    #[error("could not {doing}")]
    Failed {
        doing: &'static str,
        #[source]
        source: io::Error,
    },
}

impl FileError {
    /// Of work that is not on a file of the user's: they are told only that the disk is at fault, if it is.
    pub(crate) fn of_work(doing: &'static str, source: io::Error) -> Self {
        match refusal(&source) {
            Some(refusal)
                if matches!(
                    refusal.kind,
                    RefusalKind::FilesUnavailable | RefusalKind::DiskFull
                ) =>
            {
                tracing::error!(%source, "could not {doing}");
                Self::Refused(refusal)
            }
            _ => Self::Failed { doing, source },
        }
    }
}

/// Says what was being done when the file system refused.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, FileError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, doing: &'static str) -> Result<T, FileError> {
        self.map_err(|error| {
            let source = error.into();
            match refusal(&source) {
                Some(refusal) => {
                    if refusal.kind == RefusalKind::FilesUnavailable {
                        tracing::error!(%source, "could not {doing}");
                    }
                    FileError::Refused(refusal)
                }
                None => FileError::Failed { doing, source },
            }
        })
    }
}

pub(crate) fn refuse<T>(kind: RefusalKind, sentence: impl Into<String>) -> Result<T, FileError> {
    Err(Refusal::new(kind, sentence).into())
}

fn refusal(error: &io::Error) -> Option<Refusal> {
    use RefusalKind as Kind;
    let (kind, sentence) = match Errno::from_io_error(error)? {
        Errno::NOENT => (Kind::NotFound, "There is no such file or folder any more."),
        Errno::NOTDIR => (Kind::NotFound, "A part of the path is not a folder."),
        Errno::EXIST | Errno::NOTEMPTY => (
            Kind::AlreadyExists,
            "Something of that name is already there.",
        ),
        Errno::ISDIR => (Kind::NotAFile, "That is a folder."),
        Errno::LOOP => (
            Kind::NotAFile,
            "That is a link to another place, which is not followed.",
        ),
        Errno::XDEV => (Kind::NotAFile, "That leads out of the folder."),
        Errno::NXIO => (Kind::NotAFile, "That is not a plain file."),
        Errno::ACCESS | Errno::PERM | Errno::ROFS => {
            (Kind::Denied, "The file's permissions do not allow that.")
        }
        Errno::NOSPC | Errno::DQUOT => (
            Kind::DiskFull,
            "The disk is full. Nothing was changed; what was saved before is safe.",
        ),
        // A disk that breaks, or one behind a network that does.
        Errno::IO
        | Errno::REMOTEIO
        | Errno::STALE
        | Errno::TIMEDOUT
        | Errno::NOTCONN
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH => (
            Kind::FilesUnavailable,
            "The disk with your files cannot be read or written just now. What was saved is safe; try again in a moment.",
        ),
        Errno::FBIG => (Kind::TooLarge, "The file would become too large."),
        Errno::NAMETOOLONG => (Kind::BadName, "The name is too long."),
        Errno::ILSEQ => (Kind::BadName, "The name cannot be used here."),
        _ => return None,
    };
    Some(Refusal::new(kind, sentence))
}
