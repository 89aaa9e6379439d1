//! The messages of the WebSocket at `/api/socket`: JSON in text frames, output in binary frames.
//!
//! A binary frame is a 12-byte header, the `stream` (u32) and the offset of its first byte in the
//! run's log (u64), both big-endian, and then the bytes a program wrote.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::problem::Problem;

/// The length of the header of a binary frame.
pub const FRAME_HEADER_BYTES: usize = 12;

/// Close code: the session has ended; the page asks to sign in again.
pub const CLOSE_SIGNED_OUT: u16 = 4001;
/// Close code: there are too many pages of this user; a page should not come back by itself at once.
pub const CLOSE_TOO_MANY: u16 = 4002;
/// Close code: this server stops; the page should come back at once, to another.
pub const CLOSE_STOPPING: u16 = 4003;

/// What a browser tells the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export_to = "socket.ts")]
pub enum FromBrowser {
    /// The first message: which conversation the page speaks.
    Hello {
        /// `PROTOCOL` of the page.
        protocol: u16,
    },
    /// Asks whether the server is still there; answered by `pong`. Scripts cannot see WebSocket pings.
    Ping,
    /// Runs a file of the caller's own home; answered by `run_started`, after which the run's log comes from
    /// its first byte on, as if attached, or by `problem`.
    Start {
        /// Chosen by the page; comes back in the answer.
        request: u32,
        /// Chosen by the page, unused so far on this socket; heads the binary frames.
        stream: u32,
        /// The file, relative to the home.
        path: String,
        /// Columns of the console, 1 to 1,000.
        columns: u16,
        /// Rows of the console, 1 to 1,000.
        rows: u16,
    },
    /// Reads a run's log from an offset on; answered by `attached` or `problem`.
    Attach {
        /// Chosen by the page, unused so far on this socket; heads the binary frames.
        stream: u32,
        /// The run.
        run: Uuid,
        /// The first byte wanted.
        #[ts(type = "number")]
        from: u64,
    },
    /// Stops reading a run's log.
    Detach {
        /// The stream.
        stream: u32,
    },
    /// Tells that all bytes before an offset were shown: frees room for more.
    Acknowledge {
        /// The stream.
        stream: u32,
        /// The offset after the last byte shown.
        #[ts(type = "number")]
        offset: u64,
    },
    /// Types into the program.
    Input {
        /// The run.
        run: Uuid,
        /// At most 64 KiB; a longer paste is sent in parts.
        data: String,
    },
    /// Tells the program the console's size.
    Resize {
        /// The run.
        run: Uuid,
        /// Columns, 1 to 1,000.
        columns: u16,
        /// Rows, 1 to 1,000.
        rows: u16,
    },
    /// Ends the program, at once, with all its children.
    Stop {
        /// The run.
        run: Uuid,
    },
}

/// What the server tells a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "socket.ts")]
pub enum FromServer {
    /// The answer to `hello`.
    Welcome {
        /// `PROTOCOL` of the server.
        protocol: u16,
        /// The server's version.
        version: String,
        /// Which front end the server has; a page that is another one should be loaded again at a quiet moment. Empty
        /// where it has none.
        build: String,
    },
    /// The answer to `ping`.
    Pong,
    /// The page is too old or too new for this server and must be loaded again.
    Reload {
        /// As in `welcome`.
        build: String,
    },
    /// This server is about to stop, or does not reach the page's host, which others reach. The page closes the socket,
    /// behind all that it has sent, and opens another at once, which comes to another server; one that stays at a server
    /// that stops is closed with `CLOSE_STOPPING`.
    Leave,
    /// The program of the own workspace, whenever it changes and once after `welcome`; `null` when there is none.
    Program {
        /// The run and how it stands.
        run: Option<RunView>,
    },
    /// The answer to `start`.
    RunStarted {
        /// As in `start`.
        request: u32,
        /// The new run.
        run: RunView,
    },
    /// The answer to `attach`; binary frames follow.
    Attached {
        /// As in `attach`.
        stream: u32,
        /// The offset of the first byte that will come.
        #[ts(type = "number")]
        from: u64,
        /// Bytes between the offset asked for and that one, which are gone.
        #[ts(type = "number")]
        lost: u64,
    },
    /// Something that happened at a place in the output.
    Mark {
        /// The stream.
        stream: u32,
        /// The offset at which it happened: after the byte before, before the byte at.
        #[ts(type = "number")]
        offset: u64,
        /// What happened.
        mark: Mark,
    },
    /// The log is complete: the run is over and all of it was sent.
    LogEnded {
        /// The stream.
        stream: u32,
    },
    /// A request failed, or the socket is about to close.
    Problem {
        /// The `request` of `start`, where it answers one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        request: Option<u32>,
        /// The stream of `attach`, where it answers one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        stream: Option<u32>,
        /// What went wrong.
        problem: Problem,
    },
}

/// A program and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "socket.ts")]
pub struct RunView {
    /// The run.
    pub id: Uuid,
    /// The file, relative to the home.
    pub path: String,
    /// Where the run is in its life.
    pub state: RunState,
    /// While it is queued: its place, 1 for the next.
    pub position: Option<u32>,
    /// While it is queued: whether it waits for memory, and not for a place.
    pub waits_for_memory: bool,
}

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "socket.ts")]
pub enum RunState {
    /// It waits for a place: the host has no memory or processor for it now.
    Queued,
    /// The script is running.
    Running,
    /// The script has ended; its variables can be talked to at `>>>`.
    Prompt,
    /// The process is gone; the log can still be read.
    Ended,
}

/// Something that happened at a place in the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "socket.ts")]
pub enum Mark {
    /// The script has ended.
    ScriptEnded {
        /// How, and what it took.
        end: End,
    },
    /// The process that held the prompt is gone.
    PromptEnded {
        /// How.
        end: End,
    },
    /// What the error above means, in plain words.
    Hint {
        /// One or two sentences.
        text: String,
    },
    /// The program has shown a figure, to be fetched from `/api/trees/{tree}/runs/{run}/plots/{plot}`.
    Plot {
        /// Its number in the run, from 0.
        plot: u32,
        /// `image/svg+xml` or `image/png`.
        media_type: String,
    },
}

/// How a program ended, and what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "socket.ts")]
pub struct End {
    /// Why.
    pub cause: EndCause,
    /// The exit status, where the program gave one.
    pub exit_code: Option<i32>,
    /// The signal's name, where one ended it: `SIGSEGV`.
    pub signal: Option<String>,
    /// The last line of the student's own file in the traceback, where an error ended it.
    pub line: Option<u32>,
    /// From start to end.
    #[ts(type = "number")]
    pub wall_ms: u64,
    /// Processor time of all its processes.
    #[ts(type = "number")]
    pub cpu_ms: u64,
    /// The most memory held at once, as far as it was seen.
    #[ts(type = "number")]
    pub peak_memory_bytes: u64,
    /// The limit that was met, in the unit of the cause: seconds, bytes, processes.
    #[ts(type = "number | null")]
    pub limit: Option<u64>,
}

/// Why a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "socket.ts")]
pub enum EndCause {
    /// It came to its end.
    Finished,
    /// An exception, a non-zero exit status or a signal of its own.
    Error,
    /// The user stopped it.
    Stopped,
    /// It used more processor time than is allowed.
    ProcessorTime,
    /// It held more memory than is allowed.
    Memory,
    /// It printed more than is allowed.
    Output,
    /// It had more processes than are allowed.
    Processes,
    /// It started processes without end.
    Forks,
    /// The memory of the computer that runs programs ran out, and this one held the most.
    HostMemory,
    /// It wrote more than there is room for, or a larger file than is allowed.
    Disk,
    /// Nobody looked at it and it did nothing for too long.
    Idle,
    /// A new run of the same workspace took its place.
    Replaced,
    /// The host is shutting down.
    HostShutdown,
    /// The host that ran it is gone.
    HostLost,
}
