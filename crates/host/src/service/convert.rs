//! Between the link's messages and the host's own types.

use pythonide_link::wire;
use pythonide_sandbox::Identity;
use tonic::Status;

use crate::{
    files::{FileError, Owner, Saved},
    runs::{Cause, End, Mark, MarkKind, Program, RunState},
};

/// Uids beneath this are the system's; no server has a reason to name one.
const LOWEST_UID: u32 = 1000;

pub(super) fn owner(owner: Option<wire::Owner>) -> Result<Owner, Status> {
    let wire::Owner { username, uid } =
        owner.ok_or_else(|| Status::invalid_argument("the request names no owner"))?;
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
    let Saved { version, at } = saved;
    wire::Saved {
        version,
        saved_at_ms: at.timestamp_millis(),
    }
}

pub(super) fn program_view(program: &Program) -> wire::RunStatus {
    let state = match program.state() {
        RunState::Running => wire::RunState::Running,
        RunState::Prompt => wire::RunState::Prompt,
        RunState::Ended => wire::RunState::Ended,
    };
    wire::RunStatus {
        run: program.id.to_string(),
        path: program.path.clone(),
        state: state.into(),
    }
}

pub(super) fn mark(offset: u64, mark: Mark) -> wire::LogMark {
    let Mark { kind, end } = mark;
    let kind = match kind {
        MarkKind::Script => wire::MarkKind::ScriptEnded,
        MarkKind::Prompt => wire::MarkKind::PromptEnded,
    };
    wire::LogMark {
        offset,
        kind: kind.into(),
        end: Some(end_view(end)),
    }
}

fn end_view(end: End) -> wire::End {
    let End {
        cause,
        exit_code,
        signal,
        line,
        wall,
        cpu_ms,
        peak_memory_bytes,
        limit,
    } = end;
    let cause = match cause {
        Cause::Finished => wire::EndCause::Finished,
        Cause::Error => wire::EndCause::Error,
        Cause::Stopped => wire::EndCause::Stopped,
        Cause::ProcessorTime => wire::EndCause::ProcessorTime,
        Cause::Memory => wire::EndCause::Memory,
        Cause::Output => wire::EndCause::Output,
        Cause::Processes => wire::EndCause::Processes,
        Cause::Idle => wire::EndCause::Idle,
        Cause::Replaced => wire::EndCause::Replaced,
        Cause::HostShutdown => wire::EndCause::HostShutdown,
    };
    wire::End {
        cause: cause.into(),
        exit_code,
        signal,
        line,
        wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        cpu_ms,
        peak_memory_bytes,
        limit,
    }
}
