//! What a program printed: numbered bytes in a bounded ring, and marks at places in it.
//!
//! Any number of readers, from any offset. A reader that keeps up is never cut off: the writer
//! waits for the slowest (`has_room`). One that has not shown anything for a while is no longer
//! waited for, and learns of the gap if there is one. With no reader the oldest bytes go.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::watch;

use super::Mark;

/// What the ring holds: about 20,000 lines.
const CAPACITY: usize = 1 << 20;
/// How far a reader's screen may be behind what was sent to it.
const WINDOW: u64 = 256 << 10;
/// The most that is read at once.
const PIECE: usize = 32 << 10;

/// The longest line that is continued by what is typed.
const MAX_CURRENT_LINE: usize = 8 << 10;

/// The log of one run.
#[derive(Debug)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
    /// Counts changes; readers and the writer wait on it.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    ring: VecDeque<u8>,
    end: u64,
    marks: Vec<(u64, Mark)>,
    is_closed: bool,
    readers: HashMap<u64, Place>,
    next_reader: u64,
}

#[derive(Debug)]
struct Place {
    acknowledged: u64,
    is_waited_for: bool,
}

/// A part of the log, as a reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Reading begins at `from`; `lost` bytes before it are gone.
    Attached { from: u64, lost: u64 },
    /// The bytes from `offset` on.
    Output { offset: u64, bytes: Bytes },
    /// Something happened at `offset`.
    Mark { offset: u64, mark: Mark },
    /// Nothing more will come.
    Ended,
}

impl Log {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    /// The log of a run that is over.
    pub(super) fn over(from: u64, bytes: Vec<u8>, marks: Vec<(u64, Mark)>) -> Arc<Self> {
        let inner = Inner {
            end: from + bytes.len() as u64,
            ring: bytes.into(),
            marks,
            is_closed: true,
            ..Inner::default()
        };
        Arc::new(Self {
            inner: Mutex::new(inner),
            changed: watch::Sender::new(0),
        })
    }

    /// All that is in it: the offset of the first byte, the bytes, and the marks.
    pub(super) fn contents(&self) -> (u64, Vec<u8>, Vec<(u64, Mark)>) {
        let inner = self.lock();
        let bytes = inner.ring.iter().copied().collect();
        (inner.start(), bytes, inner.marks.clone())
    }

    /// The offset after the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.lock().end
    }

    /// The bytes after the last line end, without those of a line that is too long.
    pub(super) fn current_line(&self) -> Vec<u8> {
        let inner = self.lock();
        let from_end = inner.ring.iter().rev();
        // No more is visited than is of use: a program may ask as often as it likes.
        let from_end = from_end.take(MAX_CURRENT_LINE + 1);
        let length = from_end.take_while(|byte| **byte != b'\n').count();
        if length > MAX_CURRENT_LINE {
            return Vec::new();
        }
        let start = inner.ring.len() - length;
        inner.ring.range(start..).copied().collect()
    }

    /// Appends what was printed.
    pub(crate) fn append(&self, bytes: &[u8]) {
        let mut inner = self.lock();
        inner.end += bytes.len() as u64;
        inner.ring.extend(bytes);
        let surplus = inner.ring.len().saturating_sub(CAPACITY);
        inner.ring.drain(..surplus);
        drop(inner);
        self.tell();
    }

    /// Marks the place after the last byte.
    pub(crate) fn mark(&self, mark: Mark) {
        let mut inner = self.lock();
        let end = inner.end;
        inner.marks.push((end, mark));
        drop(inner);
        self.tell();
    }

    /// Tells that nothing more will come.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.tell();
    }

    /// Whether the readers that are waited for have shown enough for more to be printed.
    pub(crate) fn has_room(&self) -> bool {
        let inner = self.lock();
        inner
            .readers
            .values()
            .all(|place| !place.is_waited_for || inner.end - place.acknowledged < WINDOW)
    }

    /// Whether anybody reads.
    pub(crate) fn has_readers(&self) -> bool {
        !self.lock().readers.is_empty()
    }

    /// Waits no longer for readers that have fallen behind, until they show something again.
    pub(crate) fn leave_slow_readers_behind(&self) {
        let mut inner = self.lock();
        let end = inner.end;
        for place in inner.readers.values_mut() {
            place.is_waited_for &= end - place.acknowledged < WINDOW;
        }
        drop(inner);
        self.tell();
    }

    /// Waits for any change after the last one seen through `seen`.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Reads from `from` on; an offset beyond the end reads from the end.
    pub(crate) fn read_from(self: &Arc<Self>, from: u64) -> Reader {
        let mut inner = self.lock();
        let from = from.min(inner.end);
        let start = inner.start().max(from);
        let id = inner.next_reader;
        inner.next_reader += 1;
        inner.readers.insert(
            id,
            Place {
                acknowledged: start,
                is_waited_for: true,
            },
        );
        drop(inner);
        self.tell();
        Reader {
            log: Arc::clone(self),
            changes: self.changes(),
            id,
            next: start,
            next_mark: 0,
            greeting: Some(Part::Attached {
                from: start,
                lost: start - from,
            }),
            wanted: from,
        }
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held; and if it did, the numbers are still what they were.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn start(&self) -> u64 {
        self.end - self.ring.len() as u64
    }

    fn bytes(&self, from: u64, to: u64) -> Bytes {
        let index = |offset: u64| usize::try_from(offset - self.start()).unwrap_or(usize::MAX);
        self.ring.range(index(from)..index(to)).copied().collect()
    }
}

/// Somebody who reads a log. Dropped, nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Reader {
    log: Arc<Log>,
    changes: watch::Receiver<u64>,
    id: u64,
    next: u64,
    next_mark: usize,
    greeting: Option<Part>,
    wanted: u64,
}

impl Reader {
    /// The next part; after `Ended` there is none. Waits while the reader's window is full.
    pub(crate) async fn next(&mut self) -> Part {
        loop {
            self.changes.mark_unchanged();
            if let Some(part) = self.take() {
                return part;
            }
            // The sender lives in the log that this holds.
            if self.changes.changed().await.is_err() {
                return Part::Ended;
            }
        }
    }

    /// Waits for what should not wait: a mark, the end, or `much` bytes that were not read.
    pub(crate) async fn pressing(&mut self, much: usize) {
        loop {
            self.changes.mark_unchanged();
            let is_pressing = {
                let inner = self.log.lock();
                let unread = inner.end.saturating_sub(self.next);
                inner.is_closed || inner.marks.len() > self.next_mark || unread >= much as u64
            };
            if is_pressing || self.changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// A way to acknowledge from another task than the one that reads.
    pub(crate) fn acknowledger(&self) -> Acknowledger {
        Acknowledger {
            log: Arc::clone(&self.log),
            id: self.id,
        }
    }

    fn take(&mut self) -> Option<Part> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        let mut inner = self.log.lock();
        let acknowledged = inner
            .readers
            .get(&self.id)
            .map_or(self.next, |place| place.acknowledged);
        if self.next < inner.start() {
            let lost = inner.start() - self.next;
            self.next = inner.start();
            // What is gone nobody can acknowledge, and without it the window would stay full.
            let next = self.next;
            if let Some(place) = inner.readers.get_mut(&self.id) {
                place.acknowledged = place.acknowledged.max(next);
            }
            return Some(Part::Attached {
                from: self.next,
                lost,
            });
        }
        while let Some((offset, mark)) = inner.marks.get(self.next_mark) {
            if *offset > self.next {
                break;
            }
            self.next_mark += 1;
            // What happened before the place that was asked for has been shown.
            if *offset >= self.wanted {
                return Some(Part::Mark {
                    offset: *offset,
                    mark: mark.clone(),
                });
            }
        }
        let until_mark = inner
            .marks
            .get(self.next_mark)
            .map_or(u64::MAX, |(offset, _)| *offset);
        let to = inner
            .end
            .min(self.next + PIECE as u64)
            .min(acknowledged + WINDOW)
            .min(until_mark);
        if to > self.next {
            let part = Part::Output {
                offset: self.next,
                bytes: inner.bytes(self.next, to),
            };
            self.next = to;
            return Some(part);
        }
        (inner.is_closed && self.next == inner.end).then_some(Part::Ended)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.log.lock().readers.remove(&self.id);
        self.log.tell();
    }
}

/// Tells how far a reader's screen has come.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledger {
    log: Arc<Log>,
    id: u64,
}

impl Acknowledger {
    pub(crate) fn acknowledge(&self, offset: u64) {
        let mut inner = self.log.lock();
        let end = inner.end;
        if let Some(place) = inner.readers.get_mut(&self.id) {
            place.acknowledged = place.acknowledged.max(offset.min(end));
            place.is_waited_for = true;
        }
        drop(inner);
        self.log.tell();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_reader_gets_every_byte_once_in_order() {
        let log = Log::new();
        let mut reader = log.read_from(0);
        let acknowledger = reader.acknowledger();
        log.append(b"hello ");
        log.append(b"world");
        log.close();
        let mut text = Vec::new();
        loop {
            match reader.next().await {
                Part::Output { offset, bytes } => {
                    assert_eq!(offset, text.len() as u64);
                    text.extend_from_slice(&bytes);
                    acknowledger.acknowledge(text.len() as u64);
                }
                Part::Attached { from: 0, lost: 0 } => {}
                Part::Ended => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(text, b"hello world");
    }

    #[tokio::test]
    async fn with_nobody_reading_the_oldest_goes_and_the_gap_is_told() {
        let log = Log::new();
        log.append(&vec![b'a'; CAPACITY]);
        log.append(b"end");
        let mut reader = log.read_from(0);
        assert_eq!(reader.next().await, Part::Attached { from: 3, lost: 3 });
    }

    #[tokio::test]
    async fn a_reader_that_shows_nothing_holds_the_writer_until_it_is_left_behind() {
        let log = Log::new();
        let reader = log.read_from(0);
        log.append(&vec![b'a'; usize::try_from(WINDOW).unwrap()]);
        assert!(!log.has_room());
        log.leave_slow_readers_behind();
        assert!(log.has_room());
        reader.acknowledger().acknowledge(1);
        assert!(log.has_room());
        drop(reader);
        assert!(!log.has_readers());
    }
    #[tokio::test]
    async fn a_reader_that_was_left_far_behind_reads_on_from_what_is_there() {
        let log = Log::new();
        let mut reader = log.read_from(0);
        assert_eq!(reader.next().await, Part::Attached { from: 0, lost: 0 });
        let lost = 2 * WINDOW;
        log.append(&vec![b'a'; CAPACITY]);
        log.leave_slow_readers_behind();
        log.append(&vec![b'b'; usize::try_from(lost).unwrap()]);
        log.close();
        assert_eq!(reader.next().await, Part::Attached { from: lost, lost });
        let acknowledger = reader.acknowledger();
        let mut read = lost;
        loop {
            match reader.next().now_or_never().expect("more to read") {
                Part::Output { offset, bytes } => {
                    read = offset + bytes.len() as u64;
                    acknowledger.acknowledge(read);
                }
                Part::Ended => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(read, CAPACITY as u64 + lost);
    }
}
