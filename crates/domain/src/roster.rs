//! Reads a class list from a CSV file, as spreadsheets write it, and reports everything that is wrong with it at once.
//!
//! ```text
//! username,full_name,email,role,password
//! ada,Ada Lovelace,ada@example.org,student,
//! ```
//!
//! The first line names the columns, in any order and case; only `username` is needed. Commas, semicolons and tabs are told
//! apart by that line. The space around a cell is dropped, an empty cell is no value, blank lines don't count.

use std::collections::HashMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::email::EmailAddress;
use crate::full_name::FullName;
use crate::password;
use crate::role::Role;
use crate::username::Username;

mod table;

/// The most people in one list.
pub const MAX_ROWS: usize = 5_000;

/// A class list in which every row is good.
#[derive(Debug, Clone)]
pub struct Roster {
    /// The people, in the order of the file; no username comes twice.
    pub rows: Vec<RosterRow>,
}

/// One person of a class list.
///
/// A list may ask for any role: whether its sender may give that role is for the caller to decide.
#[derive(Debug, Clone)]
pub struct RosterRow {
    /// Where the row starts in the file, counted from 1.
    pub line: u64,
    /// What the person signs in with.
    pub username: Username,
    /// What others read.
    pub full_name: Option<FullName>,
    /// Where mail reaches the person.
    pub email: Option<EmailAddress>,
    /// What the person may do, if the list says: an account that exists keeps its role otherwise.
    pub role: Option<Role>,
    /// The first password, if the list gives one.
    pub password: Option<SecretString>,
}

/// One thing that is wrong with a class list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterProblem {
    /// The line to look at, counted from 1.
    pub line: u64,
    /// The column to look at, unless it is about the whole line.
    pub column: Option<Column>,
    /// A sentence for the person who made the file; never holds a password.
    pub message: String,
}

/// A column of a class list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// `username`
    Username,
    /// `full_name`
    FullName,
    /// `email`
    Email,
    /// `role`
    Role,
    /// `password`
    Password,
}

impl Column {
    /// All columns, in the order in which they are usually written.
    pub const ALL: [Self; 5] = [
        Self::Username,
        Self::FullName,
        Self::Email,
        Self::Role,
        Self::Password,
    ];

    /// Returns the name that stands in the first line of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::FullName => "full_name",
            Self::Email => "email",
            Self::Role => "role",
            Self::Password => "password",
        }
    }

    fn parse(heading: &str) -> Option<Self> {
        let name = heading.trim().to_lowercase().replace([' ', '-'], "_");
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for RosterProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(out, "line {}, {column}: {}", self.line, self.message),
            None => write!(out, "line {}: {}", self.line, self.message),
        }
    }
}

/// Reads a class list.
///
/// # Errors
///
/// Returns every problem of the file, in the order of its lines; then none of its rows should be used.
pub fn parse(bytes: &[u8]) -> Result<Roster, Vec<RosterProblem>> {
    let text = table::decode(bytes).map_err(|problem| vec![problem])?;
    let mut records = table::records(text);
    let Some(header) = records.next() else {
        return Err(vec![problem(1, None, "the file is empty")]);
    };
    let mut problems = Vec::new();
    let columns = read_header(&header, &mut problems);
    if !columns.contains(&Some(Column::Username)) {
        problems.push(problem(
            header.line,
            None,
            "there is no column named \"username\"",
        ));
        return Err(problems);
    }

    let mut rows = Vec::new();
    let mut first_lines = HashMap::new();
    for (count, record) in records.enumerate() {
        if count == MAX_ROWS {
            let message = format!("a list has at most {MAX_ROWS} people");
            problems.push(problem(record.line, None, message));
            break;
        }
        let mut reader = RowReader {
            record: &record,
            columns: &columns,
            problems: &mut problems,
        };
        rows.extend(reader.read(&mut first_lines));
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(problem(header.line, None, "there is nobody in the list"));
    }
    if problems.is_empty() {
        Ok(Roster { rows })
    } else {
        Err(problems)
    }
}

fn read_header(header: &table::Record, problems: &mut Vec<RosterProblem>) -> Vec<Option<Column>> {
    let mut columns = Vec::new();
    for heading in &header.cells {
        let column = Column::parse(heading);
        if column.is_none() && !heading.is_empty() {
            let known = Column::ALL.map(Column::as_str).join(", ");
            let message = format!("{heading:?} is not a column; the columns are {known}");
            problems.push(problem(header.line, None, message));
        }
        if column.is_some() && columns.contains(&column) {
            problems.push(problem(header.line, column, "this column comes twice"));
        }
        columns.push(column);
    }
    columns
}

struct RowReader<'a> {
    record: &'a table::Record,
    columns: &'a [Option<Column>],
    problems: &'a mut Vec<RosterProblem>,
}

impl RowReader<'_> {
    /// Reads every cell before it gives up, so that all problems of the row are told.
    fn read(&mut self, first_lines: &mut HashMap<Username, u64>) -> Option<RosterRow> {
        if self
            .record
            .cells
            .iter()
            .skip(self.columns.len())
            .any(|cell| !cell.is_empty())
        {
            self.report(None, "there are more cells than columns");
        }
        if self
            .record
            .cells
            .iter()
            .any(|cell| cell.contains(['\r', '\n']))
        {
            self.report(
                None,
                "a cell goes over several lines; is a quotation mark not closed?",
            );
            return None;
        }
        let username = self.username(first_lines);
        let full_name = self.value(Column::FullName, FullName::parse);
        let email = self.value(Column::Email, EmailAddress::parse);
        let role = self.value(Column::Role, Role::parse);
        let password = self.value(Column::Password, |cell| {
            let password = SecretString::from(cell);
            password::check(password.expose_secret()).map(|()| password)
        });
        username.map(|username| RosterRow {
            line: self.record.line,
            username,
            full_name,
            email,
            role,
            password,
        })
    }

    fn username(&mut self, first_lines: &mut HashMap<Username, u64>) -> Option<Username> {
        if self.cell(Column::Username).is_none() {
            self.report(Some(Column::Username), "the username is missing");
            return None;
        }
        let username = self.value(Column::Username, Username::parse)?;
        if let Some(first) = first_lines.get(&username) {
            let message = format!("{username} is already on line {first}");
            self.report(Some(Column::Username), message);
            return None;
        }
        first_lines.insert(username.clone(), self.record.line);
        Some(username)
    }

    /// Reads a cell; an empty one is no value, a bad one is reported.
    fn value<T, E: fmt::Display>(
        &mut self,
        column: Column,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match read(self.cell(column)?) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.report(Some(column), reason.to_string());
                None
            }
        }
    }

    fn cell(&self, column: Column) -> Option<&str> {
        let at = self
            .columns
            .iter()
            .position(|&known| known == Some(column))?;
        self.record
            .cells
            .get(at)
            .map(String::as_str)
            .filter(|cell| !cell.is_empty())
    }

    fn report(&mut self, column: Option<Column>, message: impl Into<String>) {
        self.problems
            .push(problem(self.record.line, column, message));
    }
}

fn problem(line: u64, column: Option<Column>, message: impl Into<String>) -> RosterProblem {
    RosterProblem {
        line,
        column,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests;
