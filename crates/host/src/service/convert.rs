//! Between the link's messages and the host's own types.

use pythonide_link::wire;
use pythonide_sandbox::Identity;
use tonic::Status;

use crate::{
    files::{FileError, Item, Origin, Owner, Saved, Version, entry_kind},
    runs::{Mark, Program, RunState},
};

/// Uids beneath this are the system's; no server has a reason to name one.
const LOWEST_UID: u32 = 1000;

pub(super) fn owner(owner: wire::Owner) -> Result<Owner, Status> {
    let wire::Owner { username, uid, .. } = owner;
    if uid < LOWEST_UID {
        return Err(Status::invalid_argument(format!(
            "uid {uid} is the system's"
        )));
    }
    let identity = Identity::of(uid);
    Ok(if username.is_empty() {
        Owner::Shared { identity }
    } else {
        Owner::User { username, identity }
    })
}

/// A side of a terminal.
pub(super) fn size(cells: u32) -> Result<u16, Status> {
    u16::try_from(cells)
        .ok()
        .filter(|cells| (1..=1000).contains(cells))
        .ok_or_else(|| Status::invalid_argument("a terminal has 1 to 1,000 rows and columns"))
}

pub(super) fn status(error: FileError) -> Status {
    match error {
        FileError::Refused(refusal) => refusal.into(),
        FileError::Failed { doing, source } => {
            tracing::error!(%source, "could not {doing}");
            Status::internal(format!("could not {doing}"))
        }
    }
}

pub(super) fn saved(saved: Saved) -> wire::Saved {
    let Saved { version, at, .. } = saved;
    wire::Saved {
        version,
        saved_at_ms: at.timestamp_millis(),
    }
}

pub(super) fn version_view(version: Version) -> wire::Version {
    let Version {
        at_ms,
        content: version,
        size,
        origin,
    } = version;
    let origin = match origin {
        Origin::Saved => wire::VersionOrigin::Saved,
        Origin::Found => wire::VersionOrigin::Found,
        Origin::Restored => wire::VersionOrigin::Restored,
    };
    wire::Version {
        version,
        at_ms,
        size,
        origin: origin.into(),
    }
}

pub(super) fn trash_item(item: Item) -> wire::TrashItem {
    let kind = entry_kind(item.mode);
    let is_folder = kind == wire::EntryKind::Folder;
    wire::TrashItem {
        trash_id: item.id.to_string(),
        deleted_at_ms: item.deleted_at_ms(),
        kind: kind.into(),
        size: if is_folder { 0 } else { item.size },
        path: item.path,
    }
}

pub(super) fn program_view(program: &Program) -> wire::RunStatus {
    let state = program.state();
    let place = match state {
        RunState::Queued(place) => Some(place),
        _ => None,
    };
    let state = match state {
        RunState::Queued(_) => wire::RunState::Queued,
        RunState::Running | RunState::Ending => wire::RunState::Running,
        RunState::Prompt => wire::RunState::Prompt,
        RunState::Ended => wire::RunState::Ended,
    };
    wire::RunStatus {
        run: program.id.to_string(),
        path: program.path.clone(),
        state: state.into(),
        position: place.map(|place| place.position),
        waits_for_memory: place.is_some_and(|place| place.waits_for_memory),
    }
}

pub(super) fn mark(offset: u64, mark: Mark) -> wire::LogMark {
    let empty = wire::LogMark {
        offset,
        ..wire::LogMark::default()
    };
    match mark {
        Mark::ScriptEnded(end) => wire::LogMark {
            kind: wire::MarkKind::ScriptEnded.into(),
            end: Some(end.into()),
            ..empty
        },
        Mark::PromptEnded(end) => wire::LogMark {
            kind: wire::MarkKind::PromptEnded.into(),
            end: Some(end.into()),
            ..empty
        },
        Mark::Hint(hint) => wire::LogMark {
            kind: wire::MarkKind::Hint.into(),
            hint,
            ..empty
        },
        Mark::Plot { number, media_type } => wire::LogMark {
            kind: wire::MarkKind::Plot.into(),
            plot: number,
            media_type,
            ..empty
        },
    }
}
