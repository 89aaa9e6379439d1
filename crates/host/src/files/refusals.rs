//! What the file system said, as something the user at the screen can act on.

use std::io;

use pythonide_link::{Refusal, RefusalKind};
use pythonide_sandbox::LayerError;
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
    let (kind, sentence) = match errno(error)? {
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

/// What the system said, to us or to a program that was to be confined.
fn errno(error: &io::Error) -> Option<Errno> {
    let of_layer = || {
        let layer = error.get_ref()?.downcast_ref::<LayerError>()?;
        layer.errno.map(Errno::from_raw_os_error)
    };
    Errno::from_io_error(error).or_else(of_layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_whose_folder_is_on_a_failing_disk_is_refused_for_the_disks_sake() {
        let refused_with = |errno: Option<i32>| {
            let error = LayerError {
                layer: "directory".to_owned(),
                cause: "as the system says it".to_owned(),
                errno,
            };
            match FileError::of_work("start a program", io::Error::other(error)) {
                FileError::Refused(refusal) => Some(refusal.kind),
                FileError::Failed { .. } => None,
            }
        };
        let [failing, full, denied] =
            [Errno::IO, Errno::NOSPC, Errno::ACCESS].map(|errno| Some(errno.raw_os_error()));
        assert_eq!(refused_with(failing), Some(RefusalKind::FilesUnavailable));
        assert_eq!(refused_with(full), Some(RefusalKind::DiskFull));
        assert_eq!(refused_with(denied), None);
        assert_eq!(refused_with(None), None);
    }
}
