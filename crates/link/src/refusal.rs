//! Why a host refused a request, in terms of what the user at the screen can do about it.

use tonic::{Code, Status, metadata::MetadataValue};

use crate::wire;

/// The reason's name travels in this header of the status.
const HEADER: &str = "pythonide-refusal";

/// A request that the host understood and did not carry out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Refusal {
    /// What kind it is.
    pub kind: RefusalKind,
    /// A sentence for the user.
    pub sentence: String,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $name:literal, $code:ident;)*) => {
        /// The kinds of refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RefusalKind { $($(#[doc = $doc])* $kind,)* }

        impl RefusalKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|kind| kind.as_str() == name).copied()
            }

            fn code(self) -> Code {
                match self { $(Self::$kind => Code::$code),* }
            }
        }
    };
}

kinds! {
    /// Nothing is there.
    NotFound = "not-found", NotFound;
    /// The name is taken.
    AlreadyExists = "already-exists", AlreadyExists;
    /// The file has changed since it was read.
    Conflict = "conflict", Aborted;
    /// The path cannot be used.
    BadName = "bad-name", InvalidArgument;
    /// The file is not UTF-8 text.
    NotText = "not-text", FailedPrecondition;
    /// More bytes than this operation takes.
    TooLarge = "too-large", OutOfRange;
    /// A folder, pipe, device or link where a plain file or folder was meant.
    NotAFile = "not-a-file", FailedPrecondition;
    /// The files' owner may not do this there.
    Denied = "denied", PermissionDenied;
    /// No space left.
    DiskFull = "disk-full", ResourceExhausted;
    /// The disk has an error, or the network that it is reached by.
    FilesUnavailable = "files-unavailable", Unavailable;
    /// What is on the disk is not what was written.
    Damaged = "damaged", DataLoss;
    /// The owner's files take all that they may.
    QuotaFull = "quota-full", ResourceExhausted;
    /// A program of the workspace is running.
    ProgramRunning = "program-running", FailedPrecondition;
    /// The run is over or unknown.
    NoSuchRun = "no-such-run", NotFound;
    /// This host does not keep the workspace, or not any more: ask who does.
    NotHeld = "not-held", FailedPrecondition;
    /// The host takes no more programs, for it is about to end.
    Draining = "draining", ResourceExhausted;
    /// All places are taken.
    Busy = "busy", ResourceExhausted;
}

impl Refusal {
    /// A refusal of `kind`, told in `sentence`.
    pub fn new(kind: RefusalKind, sentence: impl Into<String>) -> Self {
        Self {
            kind,
            sentence: sentence.into(),
        }
    }

    /// The refusal within a status, if the host made one.
    pub fn from_status(status: &Status) -> Option<Self> {
        let name = status.metadata().get(HEADER)?.to_str().ok()?;
        Some(Self::new(RefusalKind::by_name(name)?, status.message()))
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut status = Self::new(refusal.kind.code(), refusal.sentence);
        status
            .metadata_mut()
            .insert(HEADER, MetadataValue::from_static(refusal.kind.as_str()));
        status
    }
}

impl From<Status> for wire::Refused {
    fn from(status: Status) -> Self {
        let refusal = Refusal::from_status(&status);
        Self {
            code: status.code().into(),
            sentence: status.message().to_owned(),
            kind: refusal
                .map_or("", |refusal| refusal.kind.as_str())
                .to_owned(),
        }
    }
}

impl From<wire::Refused> for Status {
    fn from(refused: wire::Refused) -> Self {
        match RefusalKind::by_name(&refused.kind) {
            Some(kind) => Refusal::new(kind, refused.sentence).into(),
            None => Self::new(refused.code.into(), refused.sentence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_survives_the_way_through_a_status() {
        for kind in RefusalKind::ALL {
            let refusal = Refusal::new(*kind, "a sentence");
            assert_eq!(
                Refusal::from_status(&Status::from(refusal.clone())),
                Some(refusal)
            );
        }
    }

    #[test]
    fn every_refusal_survives_the_way_through_a_stream() {
        for kind in RefusalKind::ALL {
            let refusal = Refusal::new(*kind, "a sentence");
            let told = wire::Refused::from(Status::from(refusal.clone()));
            assert_eq!(Refusal::from_status(&told.into()), Some(refusal));
        }
    }

    #[test]
    fn a_status_of_another_origin_is_no_refusal() {
        let status = Status::not_found("no route");
        assert_eq!(Refusal::from_status(&status), None);
        let told = Status::from(wire::Refused::from(status));
        assert_eq!(Refusal::from_status(&told), None);
        assert_eq!(told.code(), Code::NotFound);
        assert_eq!(told.message(), "no route");
    }
}
