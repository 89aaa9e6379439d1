//! How programs end.

use std::time::Duration;

use pythonide_sandbox::keeper::{Ended, Exit, Limit};
use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use pythonide_link::wire;

use super::told::{Ending, ScriptEnded};
use crate::settings::RunSettings;

/// Why a program ended; each has a sentence of its own on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    Finished,
    Error,
    Stopped,
    ProcessorTime,
    Memory,
    Output,
    Processes,
    Forks,
    HostMemory,
    Disk,
    Idle,
    Replaced,
    HostShutdown,
    HostLost,
}

/// How a program ended, and what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) cause: Cause,
    pub(crate) exit_code: Option<i32>,
    pub(crate) signal: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) wall: Duration,
    pub(crate) cpu_ms: u64,
    pub(crate) peak_memory_bytes: u64,
    pub(crate) limit: Option<u64>,
}

/// What happened at a place in the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mark {
    /// The script ended.
    ScriptEnded(End),
    /// The process that held the prompt ended.
    PromptEnded(End),
    /// What the error above means.
    Hint(String),
    /// A figure was shown.
    Plot { number: u32, media_type: String },
}

impl End {
    /// The end of a script whose process lives on.
    pub(super) fn told(
        told: &ScriptEnded,
        asked: Option<Cause>,
        wall: Duration,
        settings: &RunSettings,
    ) -> Self {
        let cause = asked.unwrap_or(match told.ending {
            Ending::Finished => Cause::Finished,
            Ending::Error => Cause::Error,
            Ending::Memory => Cause::Memory,
            Ending::Processes => Cause::Processes,
            Ending::Disk => Cause::Disk,
            Ending::Interrupted => Cause::Stopped,
        });
        Self {
            cause,
            exit_code: Some(told.exit_code),
            signal: None,
            line: told.line,
            wall,
            cpu_ms: told.cpu_ms,
            peak_memory_bytes: told.peak_memory_bytes,
            limit: match told.ending {
                // One file, and not all of them.
                Ending::Disk => Some(settings.limits().file_bytes),
                _ => limit_of(cause, settings),
            },
        }
    }

    /// The end of a program of which nothing else is known: it never had a process, or its host was lost with it.
    pub(super) fn unseen(cause: Cause) -> Self {
        Self {
            cause,
            exit_code: None,
            signal: None,
            line: None,
            wall: Duration::ZERO,
            cpu_ms: 0,
            peak_memory_bytes: 0,
            limit: None,
        }
    }

    /// The end of a process; `asked` is why we ended it, if we did.
    pub(crate) fn seen(
        ended: &Ended,
        asked: Option<Cause>,
        wall: Duration,
        settings: &RunSettings,
    ) -> Self {
        let is_file_too_large =
            ended.exit == Exit::Signal(Signal::XFSZ.as_raw()) && ended.limit.is_none();
        let cause = match (asked, ended.limit, ended.exit) {
            (_, Some(Limit::ProcessorTime), _) => Cause::ProcessorTime,
            (_, Some(Limit::Memory), _) => Cause::Memory,
            (_, Some(Limit::Processes), _) => Cause::Processes,
            (_, Some(Limit::Forks), _) => Cause::Forks,
            (_, Some(Limit::HostMemory), _) => Cause::HostMemory,
            (_, Some(Limit::NamelessFiles), _) => Cause::Disk,
            (Some(cause), None, _) => cause,
            (None, None, _) if is_file_too_large => Cause::Disk,
            (None, None, Exit::Code(0)) => Cause::Finished,
            // The host's end of the terminal hung up, or the student's own Ctrl-C.
            (None, None, Exit::Code(_) | Exit::Signal(_)) => Cause::Error,
        };
        let was_ended = asked.is_some() || ended.limit.is_some() || is_file_too_large;
        let (exit_code, signal) = match ended.exit {
            _ if was_ended => (None, None),
            Exit::Code(code) => (Some(code), None),
            Exit::Signal(number) => (None, Some(signal_name(number))),
        };
        Self {
            cause,
            exit_code,
            signal,
            line: None,
            wall,
            cpu_ms: ended.cpu_ms,
            peak_memory_bytes: ended.peak_memory_bytes,
            limit: if is_file_too_large && asked.is_none() {
                Some(settings.limits().file_bytes)
            } else {
                limit_of(cause, settings)
            },
        }
    }
}

fn limit_of(cause: Cause, settings: &RunSettings) -> Option<u64> {
    match cause {
        Cause::ProcessorTime => Some(settings.run_cpu_seconds),
        Cause::Memory => Some(settings.limits().memory_bytes),
        Cause::Output => Some(settings.output_bytes()),
        Cause::Processes => Some(settings.run_processes),
        Cause::Disk => Some(settings.home().bytes),
        Cause::Idle => Some(settings.idle_minutes * 60),
        _ => None,
    }
}

fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

/// As it goes over the link.
impl From<End> for wire::End {
    fn from(end: End) -> Self {
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
            Cause::Forks => wire::EndCause::Forks,
            Cause::HostMemory => wire::EndCause::HostMemory,
            Cause::Idle => wire::EndCause::Idle,
            Cause::Replaced => wire::EndCause::Replaced,
            Cause::Disk => wire::EndCause::Disk,
            Cause::HostShutdown => wire::EndCause::HostShutdown,
            Cause::HostLost => wire::EndCause::HostLost,
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
}
