//! Between the link's messages and the socket's.

use pythonide_link::wire;
use pythonide_protocol::socket::{End, EndCause, Mark, RunState, RunView};

use crate::app::AppError;

pub(super) fn run_view(run: wire::RunStatus) -> Result<RunView, AppError> {
    let state = match run.state() {
        wire::RunState::Queued => RunState::Queued,
        wire::RunState::Running => RunState::Running,
        wire::RunState::Prompt => RunState::Prompt,
        wire::RunState::Ended | wire::RunState::Unspecified => RunState::Ended,
    };
    let wire::RunStatus {
        run,
        path,
        position,
        waits_for_memory,
        ..
    } = run;
    Ok(RunView {
        id: run.parse().map_err(AppError::internal)?,
        path,
        state,
        position,
        waits_for_memory,
    })
}

pub(super) fn mark(mark: wire::LogMark) -> Option<Mark> {
    match mark.kind() {
        wire::MarkKind::ScriptEnded => mark.end.map(|ended| Mark::ScriptEnded { end: end(ended) }),
        wire::MarkKind::PromptEnded => mark.end.map(|ended| Mark::PromptEnded { end: end(ended) }),
        wire::MarkKind::Hint => Some(Mark::Hint { text: mark.hint }),
        wire::MarkKind::Plot => Some(Mark::Plot {
            plot: mark.plot,
            media_type: mark.media_type,
        }),
        wire::MarkKind::Unspecified => None,
    }
}

fn end(end: wire::End) -> End {
    let cause = match end.cause() {
        wire::EndCause::Finished => EndCause::Finished,
        wire::EndCause::Error | wire::EndCause::Unspecified => EndCause::Error,
        wire::EndCause::Stopped => EndCause::Stopped,
        wire::EndCause::ProcessorTime => EndCause::ProcessorTime,
        wire::EndCause::Memory => EndCause::Memory,
        wire::EndCause::Output => EndCause::Output,
        wire::EndCause::Processes => EndCause::Processes,
        wire::EndCause::Forks => EndCause::Forks,
        wire::EndCause::HostMemory => EndCause::HostMemory,
        wire::EndCause::Idle => EndCause::Idle,
        wire::EndCause::Replaced => EndCause::Replaced,
        wire::EndCause::Disk => EndCause::Disk,
        wire::EndCause::HostShutdown => EndCause::HostShutdown,
        wire::EndCause::HostLost => EndCause::HostLost,
    };
    let wire::End {
        cause: _,
        exit_code,
        signal,
        line,
        wall_ms,
        cpu_ms,
        peak_memory_bytes,
        limit,
    } = end;
    End {
        cause,
        exit_code,
        signal,
        line,
        wall_ms,
        cpu_ms,
        peak_memory_bytes,
        limit,
    }
}

/// The end of a program whose host is gone: what it took is gone too.
pub(super) fn host_lost() -> Mark {
    Mark::ScriptEnded {
        end: End {
            cause: EndCause::HostLost,
            exit_code: None,
            signal: None,
            line: None,
            wall_ms: 0,
            cpu_ms: 0,
            peak_memory_bytes: 0,
            limit: None,
        },
    }
}
