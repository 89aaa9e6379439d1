//! How programs end.

use pythonide_sandbox::leash::{Ended, Exit, Limit};
use serde::Deserialize;
use std::time::Duration;

use crate::settings::RunSettings;

/// Why a program ended; each has a sentence of its own on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Finished,
    Error,
    Stopped,
    ProcessorTime,
    Memory,
    Output,
    Processes,
    Idle,
    Replaced,
    HostShutdown,
}

/// How a program ended, and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    pub(crate) end: End,
}

/// Which part of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    Script,
    Prompt,
}

/// What the runtime tells about the end of a script. It may be a lie, about the student's own run.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Told {
    ScriptEnded {
        ending: Ending,
        exit_code: i32,
        line: Option<u32>,
        cpu_ms: u64,
        peak_memory_bytes: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    Finished,
    Error,
    Interrupted,
}

impl End {
    /// The end of a script whose process lives on.
    pub(crate) fn told(told: &Told, asked: Option<Cause>, wall: Duration) -> Self {
        let Told::ScriptEnded {
            ending,
            exit_code,
            line,
            cpu_ms,
            peak_memory_bytes,
        } = told;
        let cause = match (asked, ending) {
            (Some(cause), _) => cause,
            (None, Ending::Finished) => Cause::Finished,
            (None, Ending::Error) => Cause::Error,
            (None, Ending::Interrupted) => Cause::Stopped,
        };
        Self {
            cause,
            exit_code: Some(*exit_code),
            signal: None,
            line: *line,
            wall,
            cpu_ms: *cpu_ms,
            peak_memory_bytes: *peak_memory_bytes,
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
        let cause = match (asked, ended.limit, ended.exit) {
            (_, Some(Limit::ProcessorTime), _) => Cause::ProcessorTime,
            (_, Some(Limit::Memory), _) => Cause::Memory,
            (_, Some(Limit::Processes), _) => Cause::Processes,
            (Some(cause), None, _) => cause,
            (None, None, Exit::Code(0)) => Cause::Finished,
            // The host's end of the terminal hung up, or the student's own Ctrl-C.
            (None, None, Exit::Code(_) | Exit::Signal(_)) => Cause::Error,
        };
        let was_ended = asked.is_some() || ended.limit.is_some();
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
            limit: limit_of(cause, settings),
        }
    }
}

fn limit_of(cause: Cause, settings: &RunSettings) -> Option<u64> {
    match cause {
        Cause::ProcessorTime => Some(settings.run_cpu_seconds),
        Cause::Memory => Some(settings.limits().memory_bytes),
        Cause::Output => Some(settings.output_bytes()),
        Cause::Processes => Some(settings.run_processes),
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
