//! What a program prints, of which every byte is known before.

/// The two programs that students run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Asks, and says what it was told.
    Talks,
    /// Counts without end.
    Counts,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Talks, Self::Counts];

    /// Where it is saved.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Talks => "talks.py",
            Self::Counts => "counts.py",
        }
    }

    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::Talks => {
                "n = 0\nwhile True:\n    line = input(f'{n}? ')\n    if line == 'end':\n        break\n    \
                 print('said', line)\n    n += 1\n"
            }
            Self::Counts => {
                "import time\nn = 0\nwhile True:\n    print(n, flush=True)\n    n += 1\n    time.sleep(0.1)\n"
            }
        }
    }
}

/// What was printed.
#[derive(Debug)]
pub(super) struct Transcript {
    kind: Kind,
    bytes: Vec<u8>,
    /// How much of it is the script's.
    script: Option<usize>,
    /// What was typed once more, each time because no echo came: so often the terminal may show it by itself.
    typed_again: Vec<String>,
    /// The first thing that was wrong with the offsets.
    broken: Option<String>,
}

impl Transcript {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            bytes: Vec::new(),
            script: None,
            typed_again: Vec::new(),
            broken: None,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The offset of the byte that must come next.
    pub(super) const fn next(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn add(&mut self, offset: u64, bytes: &[u8]) {
        self.must_be_next(offset, "output");
        self.bytes.extend_from_slice(bytes);
    }

    /// The output comes from there on.
    pub(super) fn attached(&mut self, from: u64, lost: u64) {
        self.must_be_next(from, "attached");
        if lost > 0 {
            self.broken.get_or_insert(format!("{lost} bytes are gone"));
        }
    }

    /// What comes from now on is not known before.
    pub(super) fn script_ended(&mut self) {
        self.script.get_or_insert(self.bytes.len());
    }

    pub(super) fn typed_again(&mut self, line: &str) {
        self.typed_again.push(line.to_owned());
    }

    /// Whether Python could not even read the program, because its disk failed. A file that is gone is another matter.
    pub(super) fn is_of_failed_disk(&self) -> bool {
        let said = format!(": can't open file '{}': [Errno 5] ", self.kind.path());
        String::from_utf8_lossy(&self.bytes).contains(&said)
    }

    /// Whether the program waits for a line.
    pub(super) fn is_asking(&self) -> bool {
        let ends_with = |prompt: &str| self.bytes.ends_with(prompt.as_bytes());
        if self.script.is_some() {
            ends_with(">>> ")
        } else {
            ends_with("? ")
        }
    }

    pub(super) fn last_line(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.lines().next_back().unwrap_or_default().to_owned()
    }

    /// Whether the script has printed just what it must.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let script = &self.bytes[..self.script.unwrap_or(self.bytes.len())];
        let text = String::from_utf8_lossy(script);
        // What comes after the last end of a line is not whole yet.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let lines = whole.split_terminator("\r\n");
        let mut typed_again = self.typed_again.clone();
        let lines = lines.filter(|line| {
            let shown = typed_again.iter().position(|again| again == line);
            shown.map(|at| typed_again.swap_remove(at)).is_none()
        });
        let mut said = "";
        for (number, line) in lines.enumerate() {
            let is_right = match self.kind {
                Kind::Counts => line == number.to_string(),
                Kind::Talks if number % 2 == 0 => {
                    let asked = line.strip_prefix(&format!("{}? ", number / 2));
                    said = asked.unwrap_or_default();
                    asked.is_some()
                }
                Kind::Talks => line.strip_prefix("said ") == Some(said),
            };
            if !is_right {
                return Err(format!("line {number} is {line:?}"));
            }
        }
        Ok(())
    }

    fn must_be_next(&mut self, offset: u64, what: &str) {
        let next = self.next();
        if offset != next {
            self.broken
                .get_or_insert(format!("{what} at {offset} instead of {next}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, parts: &[(u64, &str)]) -> Result<(), String> {
        let mut transcript = Transcript::new(kind);
        for (offset, part) in parts {
            transcript.add(*offset, part.as_bytes());
        }
        transcript.check()
    }

    #[test]
    fn a_byte_that_is_missing_or_comes_twice_is_found() {
        let talk = "0? line 1\r\nsaid line 1\r\n1? ";
        assert_eq!(check(Kind::Talks, &[(0, talk)]), Ok(()));
        assert_eq!(
            check(Kind::Talks, &[(0, "0? li"), (5, "ne 1\r\nsaid line 1\r\n")]),
            Ok(())
        );
        assert!(check(Kind::Talks, &[(0, "0? li"), (4, "ine 1\r\n")]).is_err());
        assert!(check(Kind::Talks, &[(0, "0? line 1\r\nsaid line\r\n")]).is_err());
        assert_eq!(check(Kind::Counts, &[(0, "0\r\n1\r\n2\r\n3")]), Ok(()));
        assert!(check(Kind::Counts, &[(0, "0\r\n1\r\n1\r\n2\r\n")]).is_err());
        assert!(check(Kind::Counts, &[(0, "0\r\n2\r\n")]).is_err());
    }

    #[test]
    fn a_line_may_be_shown_as_often_as_it_was_typed() {
        let mut transcript = Transcript::new(Kind::Talks);
        transcript.add(0, b"0? line 1\r\nsaid line 1\r\nend\r\nend\r\n1? end\r\n");
        transcript.typed_again("end");
        assert!(transcript.check().is_err());
        transcript.typed_again("end");
        assert_eq!(transcript.check(), Ok(()));
    }

    #[test]
    fn a_program_whose_file_is_gone_is_not_one_whose_disk_failed() {
        let said = |errno: &str| {
            let mut transcript = Transcript::new(Kind::Counts);
            let text = format!("/usr/bin/python3: can't open file 'counts.py': [{errno}] …\r\n");
            transcript.add(0, text.as_bytes());
            transcript
        };
        assert!(said("Errno 5").is_of_failed_disk());
        assert!(!said("Errno 2").is_of_failed_disk());
        assert!(said("Errno 2").check().is_err());
    }
}
