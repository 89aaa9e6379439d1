//! A screen of eighty columns, as a page shows what a program printed.

const COLUMNS: usize = 80;

/// The rows of a terminal that was fed some bytes.
#[derive(Debug, Default)]
pub struct Screen {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    /// What `output` leaves on it. Panics at a sequence that line editing has no use for.
    pub fn of(output: &str) -> Self {
        let mut screen = Self::default();
        let mut rest = output.chars();
        while let Some(character) = rest.next() {
            match character {
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['), "in {output:?}");
                    let mut parameters = String::new();
                    let last = loop {
                        match rest.next().unwrap() {
                            last @ '@'..='~' => break last,
                            other => parameters.push(other),
                        }
                    };
                    screen.obey(last, &parameters);
                }
                '\r' => screen.column = 0,
                '\n' => screen.row += 1,
                '\u{8}' => screen.column = screen.column.saturating_sub(1),
                '\u{7}' => {}
                character => screen.put(character),
            }
        }
        screen
    }

    /// Its rows, without the spaces at their ends.
    pub fn rows(&self) -> Vec<String> {
        let text = |row: &Vec<char>| row.iter().filter(|cell| **cell != '\0').collect::<String>();
        self.rows
            .iter()
            .map(|row| text(row).trim_end().to_owned())
            .collect()
    }

    fn put(&mut self, character: char) {
        let width = if is_wide(character) { 2 } else { 1 };
        if self.column + width > COLUMNS {
            self.row += 1;
            self.column = 0;
        }
        let column = self.column;
        let cells = self.cells(column + width);
        cells[column] = character;
        // The second half of a wide one.
        cells[column + 1..column + width].fill('\0');
        self.column += width;
    }

    fn obey(&mut self, last: char, parameters: &str) {
        let count = parameters.parse().unwrap_or(1);
        // Behind the last column the cursor stands on it.
        let column = self.column.min(COLUMNS - 1);
        match last {
            'A' => self.row = self.row.saturating_sub(count),
            'C' => self.column = (column + count).min(COLUMNS - 1),
            'D' => self.column = column.saturating_sub(count),
            'K' if parameters.is_empty() => self.cells(column).truncate(column),
            'J' if parameters.is_empty() => {
                self.cells(column).truncate(column);
                self.rows.truncate(self.row + 1);
            }
            'P' => {
                let cells = self.cells(column + count);
                cells.drain(column..column + count);
            }
            '@' => {
                let spaces = std::iter::repeat_n(' ', count);
                self.cells(column).splice(column..column, spaces);
            }
            'm' => {}
            other => panic!("CSI {parameters} {other}"),
        }
    }

    /// The cells of the row of the cursor, of which there are as many at least.
    fn cells(&mut self, least: usize) -> &mut Vec<char> {
        let count = self.rows.len().max(self.row + 1);
        self.rows.resize_with(count, Vec::new);
        let row = &mut self.rows[self.row];
        let length = row.len().max(least);
        row.resize(length, ' ');
        row
    }
}

fn is_wide(character: char) -> bool {
    ('\u{2e80}'..='\u{ffdc}').contains(&character)
}
