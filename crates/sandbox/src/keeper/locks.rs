//! Locks of files, which are the kernel's memory and which only `/proc/locks` tells.
//!
//! The kernel begins again at the first lock for each page of that file, so 16 thousand take 40 milliseconds to read and
//! ten times as many take four seconds. A lock therefore counts much more than it takes, and of too many only some are
//! read.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    time::Instant,
};

use rustix::process::Pid;

/// What a lock counts, in bytes. It takes about 180.
const BYTES_OF_A_LOCK: u64 = 64 << 10;
/// Locks that are read at once.
const MAX_READ: usize = 16 << 10;
/// Locks of one program that are never too many.
const FEW: u64 = 256;
/// The part of its time that the keeper reads locks, as its reciprocal.
const PART: u32 = 10;

/// The locks that programs hold.
#[derive(Debug)]
pub(super) struct Locks {
    due: Instant,
    /// What they count, in bytes, by tag.
    bytes: HashMap<u64, u64>,
}

impl Locks {
    pub(super) fn new() -> Self {
        Self {
            due: Instant::now(),
            bytes: HashMap::new(),
        }
    }

    /// Reads them, unless that took long a moment ago. `tag_of` tells whose a process is.
    pub(super) fn look(&mut self, tag_of: impl Fn(Pid) -> Option<u64>) {
        let began = Instant::now();
        if began < self.due {
            return;
        }
        // Without the file there are no locks to be had either (`CONFIG_FILE_LOCKING`).
        let file = File::open("/proc/locks").map(BufReader::new);
        self.bytes = file.map_or_else(|_| HashMap::new(), |file| count(file, tag_of));
        self.due = Instant::now() + began.elapsed() * PART;
    }

    /// What the locks of a program count, in bytes.
    pub(super) fn bytes(&self, tag: u64) -> u64 {
        self.bytes.get(&tag).copied().unwrap_or(0)
    }
}

fn count(locks: impl BufRead, tag_of: impl Fn(Pid) -> Option<u64>) -> HashMap<u64, u64> {
    let (mut read, mut found) = (0, HashMap::<u64, u64>::new());
    for line in locks.split(b'\n').map_while(Result::ok).take(MAX_READ) {
        read += 1;
        if let Some(tag) = holder(&line).and_then(&tag_of) {
            *found.entry(tag).or_default() += 1;
        }
    }
    let most = found.iter().max_by_key(|(_, count)| **count);
    let hog = most
        .filter(|(_, count)| read == MAX_READ && **count > FEW)
        .map(|(tag, _)| *tag);
    let counted = found
        .into_iter()
        .map(|(tag, count)| (tag, count * BYTES_OF_A_LOCK));
    let mut bytes: HashMap<_, _> = counted.collect();
    // Nobody knows how many more there are: the program that has most of them has too many.
    bytes.extend(hog.map(|tag| (tag, u64::from(u32::MAX) << 10)));
    bytes
}

/// The process that holds or waits for the lock of a line (proc(5)).
fn holder(line: &[u8]) -> Option<Pid> {
    let words = str::from_utf8(line).ok()?.split_ascii_whitespace();
    // A lock that is waited for has an arrow in front.
    let mut words = words.skip(1).filter(|word| *word != "->");
    Pid::from_raw(words.nth(3)?.parse().ok().filter(|pid| *pid > 0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &str) -> HashMap<u64, u64> {
        count(lines.as_bytes(), |pid| {
            let pid = u64::from(pid.as_raw_pid().unsigned_abs());
            (pid < 100).then_some(pid)
        })
    }

    #[test]
    fn locks_count_for_the_program_that_holds_them() {
        let lines = "1: POSIX  ADVISORY  WRITE 12 fe:00:1 0 EOF\n1: -> POSIX  ADVISORY  WRITE 12 fe:00:1 0 0\n\
                     2: FLOCK  ADVISORY  WRITE 13 fe:00:2 0 EOF\n3: OFDLCK ADVISORY  READ -1 fe:00:2 0 EOF\n\
                     4: POSIX  ADVISORY  READ 500 fe:00:2 0 EOF\nno lock\n";
        let bytes = counted(lines);
        assert_eq!(bytes.len(), 2);
        assert_eq!(
            (bytes[&12], bytes[&13]),
            (2 * BYTES_OF_A_LOCK, BYTES_OF_A_LOCK)
        );
    }

    #[test]
    fn of_too_many_locks_the_program_with_most_has_too_many() {
        let lines = |pid: u32, count| {
            format!("1: POSIX  ADVISORY  WRITE {pid} fe:00:1 0 EOF\n").repeat(count)
        };
        let bytes = counted(&(lines(1, 200) + &lines(2, MAX_READ)));
        assert_eq!(bytes[&1], 200 * BYTES_OF_A_LOCK);
        assert!(bytes[&2] > 1 << 40);
        let bytes = counted(&(lines(1, 200) + &lines(500, MAX_READ)));
        assert_eq!(bytes[&1], 200 * BYTES_OF_A_LOCK);
    }
}
