//! The text of a class list as records with the lines they start on; knows nothing of people.

use super::{RosterProblem, problem};

/// The cells of one line, or of several if a quoted cell goes over them.
#[derive(Debug)]
pub(super) struct Record {
    /// Where the record starts, counted from 1.
    pub(super) line: u64,
    /// What is in the cells, without the space around it.
    pub(super) cells: Vec<String>,
}

/// Returns the text without its byte order mark, or what to do when it is not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, RosterProblem> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let line = 1 + line_breaks(&bytes[..error.valid_up_to()]);
            let advice = "the file is not UTF-8; save it again as \"CSV UTF-8\"";
            Err(problem(line, None, advice))
        }
    }
}

/// Returns the records that have anything in them.
pub(super) fn records(text: &str) -> impl Iterator<Item = Record> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut lines = LineCounter {
        text: text.as_bytes(),
        seen: 0,
        line: 1,
    };
    reader
        .into_records()
        // Reading from memory with any number of cells leaves nothing that could fail: the text is known to be UTF-8.
        .filter_map(Result::ok)
        .map(move |record| Record {
            line: lines.line_of(record.position().map_or(0, csv::Position::byte)),
            cells: record.iter().map(|cell| cell.trim().to_owned()).collect(),
        })
        .filter(|record| record.cells.iter().any(|cell| !cell.is_empty()))
}

/// Returns the separator that is most frequent in the first line that has text, outside quotes; a comma if none is.
fn delimiter(text: &str) -> u8 {
    let header = text
        .split(['\r', '\n'])
        .find(|line| !line.trim().is_empty())
        .unwrap_or("");
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(byte == *separator && !is_quoted);
        }
    }
    // The last of equals wins, so the comma is looked at last.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(separator, _)| *separator)
}

/// Counts lines itself: the reader's own count stands before the blank lines that it skips.
struct LineCounter<'a> {
    text: &'a [u8],
    seen: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// Returns the line of the first text at or after `byte`; must be asked in ascending order.
    fn line_of(&mut self, byte: u64) -> u64 {
        let from = usize::try_from(byte)
            .unwrap_or(usize::MAX)
            .clamp(self.seen, self.text.len());
        let breaks = self.text[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line += line_breaks(&self.text[self.seen..from + breaks]);
        self.seen = from + breaks;
        self.line
    }
}

/// Counts LF, CRLF and lone CR as one line break each; `bytes` must not end between CR and LF.
fn line_breaks(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut after_return = false;
    for byte in bytes {
        count += u64::from(*byte == b'\r' || (*byte == b'\n' && !after_return));
        after_return = *byte == b'\r';
    }
    count
}
