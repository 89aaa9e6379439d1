//! What a runtime tells of its program, on a socket of its own. It may all be a student's lie, about
//! the student's own run.

use bytes::Bytes;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Take},
    net::unix::OwnedReadHalf,
    sync::mpsc,
};

/// One line.
const MAX_LINE_BYTES: u64 = 4096;
/// One figure.
const MAX_PLOT_BYTES: usize = 4 << 20;
/// What a hint may say.
const MAX_HINT_CHARACTERS: usize = 500;

/// What is told.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// What the error above means.
    Hint(String),
    /// A figure was shown.
    Plot { media_type: String, bytes: Bytes },
    /// The script is over.
    ScriptEnded(ScriptEnded),
    /// A line is to be typed, and the answer is the unfinished line that it continues.
    Input,
}

/// How a script ended.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ScriptEnded {
    pub(super) ending: Ending,
    pub(super) exit_code: i32,
    pub(super) line: Option<u32>,
    pub(super) cpu_ms: u64,
    pub(super) peak_memory_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Finished,
    Error,
    Memory,
    Processes,
    Disk,
    Interrupted,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Hint { text: String },
    Plot { media_type: String, bytes: usize },
    ScriptEnded(ScriptEnded),
    Input,
}

/// Passes on what is told, one at a time: the next is read when this one was taken. Ends with the
/// socket, or with the first thing that is nonsense.
pub(super) fn listen(socket: OwnedReadHalf) -> mpsc::Receiver<Told> {
    let (sender, told) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut lines = BufReader::new(socket).take(0);
        while let Some(told) = next(&mut lines).await {
            if sender.send(told).await.is_err() {
                break;
            }
        }
    });
    told
}

async fn next(socket: &mut Take<BufReader<OwnedReadHalf>>) -> Option<Told> {
    let mut line = String::new();
    socket.set_limit(MAX_LINE_BYTES);
    socket.read_line(&mut line).await.ok()?;
    match serde_json::from_str(&line).ok()? {
        Line::Hint { text } => Some(Told::Hint(text.chars().take(MAX_HINT_CHARACTERS).collect())),
        Line::Plot { media_type, bytes } => {
            let is_known = matches!(media_type.as_str(), "image/svg+xml" | "image/png");
            if !is_known || bytes > MAX_PLOT_BYTES {
                return None;
            }
            let mut data = vec![0; bytes];
            socket.set_limit(bytes as u64);
            socket.read_exact(&mut data).await.ok()?;
            Some(Told::Plot {
                media_type,
                bytes: data.into(),
            })
        }
        Line::ScriptEnded(ended) => Some(Told::ScriptEnded(ended)),
        Line::Input => Some(Told::Input),
    }
}
