//! The stream of a run's log.

use std::time::Duration;

use async_stream::stream;
use futures::Stream;
use pythonide_link::wire::{self, log_part, log_request};
use tokio::time::{Instant, sleep_until};
use tonic::{Status, Streaming};

use super::convert::mark;
use crate::runs::{Part, Reader};

/// Small pieces come at most this often, so that a loop of `print` costs a screen no more than a film.
const PACE: Duration = Duration::from_millis(8);
/// A piece this large goes at once.
const LARGE: usize = 16 << 10;

/// Sends a reader's parts, and takes its acknowledgements until it goes.
pub(super) fn read(
    mut reader: Reader,
    mut requests: Streaming<wire::LogRequest>,
) -> impl Stream<Item = Result<wire::LogPart, Status>> + Send {
    let acknowledger = reader.acknowledger();
    stream! {
        let mut next_small = Instant::now();
        loop {
            let part = tokio::select! {
                request = requests.message() => match request {
                    Ok(Some(wire::LogRequest { request: Some(log_request::Request::Acknowledged(offset)) })) => {
                        acknowledger.acknowledge(offset);
                        continue;
                    }
                    // It went, or speaks another language.
                    _ => return,
                },
                part = async {
                    tokio::select! {
                        () = sleep_until(next_small) => {}
                        () = reader.pressing(LARGE) => {}
                    }
                    reader.next().await
                } => part,
            };
            let (part, is_last) = match part {
                Part::Attached { from, lost } => {
                    (log_part::Part::Attached(wire::LogAttached { from, lost }), false)
                }
                Part::Output { offset, bytes } => {
                    if bytes.len() < LARGE {
                        next_small = Instant::now() + PACE;
                    }
                    (log_part::Part::Output(wire::LogOutput { offset, bytes }), false)
                }
                Part::Mark { offset, mark: happened } => (log_part::Part::Mark(mark(offset, happened)), false),
                Part::Ended => (log_part::Part::Ended(wire::Done {}), true),
            };
            yield Ok(wire::LogPart { part: Some(part) });
            if is_last {
                return;
            }
        }
    }
}
