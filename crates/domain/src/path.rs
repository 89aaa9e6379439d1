//! Where a file is: which tree, and the path in it. Text only; the host walks the real folders.

use std::fmt;
use std::str::FromStr;

use crate::username::{Username, UsernameProblem};

/// A tree of files that people see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tree {
    /// One user's own files, written `home:<username>`.
    Home(Username),
    /// What professors hand out to everybody, written `shared`.
    Shared,
}

/// Why a text names no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeProblem {
    /// It is neither `shared` nor `home:` and a name.
    #[error("a tree of files is \"shared\" or \"home:\" and a username")]
    Unknown,
    /// What follows `home:` is no username.
    #[error(transparent)]
    Username(#[from] UsernameProblem),
}

impl fmt::Display for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home(owner) => write!(out, "home:{owner}"),
            Self::Shared => out.write_str("shared"),
        }
    }
}

impl FromStr for Tree {
    type Err = TreeProblem;

    fn from_str(text: &str) -> Result<Self, TreeProblem> {
        match text.split_once(':') {
            Some(("home", owner)) => Ok(Self::Home(Username::parse(owner)?)),
            None if text == "shared" => Ok(Self::Shared),
            _ => Err(TreeProblem::Unknown),
        }
    }
}

/// A file or folder in a tree: names joined by `/`, the empty text for the root.
///
/// Holds only what is safe to join to a folder: no absolute path, no `.` or `..`, no control character, nothing too long for
/// Linux, and no name that the host keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreePath(String);

/// Why a text is no path in a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// It starts or ends with a slash, or has two in a row.
    #[error("a path has names between its slashes, and no slash at either end")]
    EmptyName,
    /// A name is `.` or `..`.
    #[error("a path can't contain the name {0:?}")]
    Dots(String),
    /// A NUL, a line break or the like.
    #[error("a file name can't contain a control character")]
    ControlCharacter,
    /// A character that changes the direction of the text after it.
    #[error(
        "a file name can't contain the invisible character U+{code:04X}, which reverses text and hides what the name is",
        code = u32::from(*.0)
    )]
    DirectionControl(char),
    /// A name is longer than Linux allows.
    #[error("a file name has at most {} bytes", TreePath::MAX_NAME_BYTES)]
    NameTooLong,
    /// The whole path is longer than Linux allows.
    #[error("a path has at most {} bytes", TreePath::MAX_BYTES)]
    TooLong,
    /// The folders are nested too deep.
    #[error("folders can be nested at most {} deep", TreePath::MAX_DEPTH)]
    TooDeep,
    /// A name that the host keeps for versions, trash and temporary files.
    #[error("names that start with {} are reserved", TreePath::RESERVED_PREFIX)]
    Reserved,
}

impl TreePath {
    /// The longest name, in bytes of UTF-8.
    pub const MAX_NAME_BYTES: usize = 255;
    /// The longest path, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 4096;
    /// The most names in a path.
    pub const MAX_DEPTH: usize = 64;
    /// How names start that only the host may make, in every folder.
    pub const RESERVED_PREFIX: &str = ".pythonide";

    /// Returns the root of a tree.
    pub const fn root() -> Self {
        Self(String::new())
    }

    /// Reads a path; what it returns is byte for byte what was given.
    pub fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        if text.len() > Self::MAX_BYTES {
            return Err(PathProblem::TooLong);
        }
        text.split('/').try_for_each(check_name)?;
        if text.split('/').count() > Self::MAX_DEPTH {
            return Err(PathProblem::TooDeep);
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the path, without a slash at either end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names from the top down; none for the root.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|name| !name.is_empty())
    }

    /// Returns the last name, or `None` for the root.
    pub fn name(&self) -> Option<&str> {
        self.names().next_back()
    }

    /// Returns the folder this is in, or `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(
            self.0
                .rsplit_once('/')
                .map_or_else(String::new, |(above, _)| above.to_owned()),
        ))
    }

    /// Returns the path of `name` in this folder.
    pub fn join(&self, name: &str) -> Result<Self, PathProblem> {
        check_name(name)?;
        if self.is_root() {
            Self::parse(name)
        } else {
            Self::parse(&format!("{self}/{name}"))
        }
    }

    /// Returns whether this is `folder` itself or lies anywhere below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self
                .0
                .strip_prefix(&folder.0)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for TreePath {
    type Err = PathProblem;

    fn from_str(text: &str) -> Result<Self, PathProblem> {
        Self::parse(text)
    }
}

fn check_name(name: &str) -> Result<(), PathProblem> {
    if name.is_empty() || name.contains('/') {
        return Err(PathProblem::EmptyName);
    }
    if name == "." || name == ".." {
        return Err(PathProblem::Dots(name.to_owned()));
    }
    if name.chars().any(char::is_control) {
        return Err(PathProblem::ControlCharacter);
    }
    if let Some(control) = name
        .chars()
        .find(|&character| is_direction_control(character))
    {
        return Err(PathProblem::DirectionControl(control));
    }
    if name.len() > TreePath::MAX_NAME_BYTES {
        return Err(PathProblem::NameTooLong);
    }
    if name.starts_with(TreePath::RESERVED_PREFIX) {
        return Err(PathProblem::Reserved);
    }
    Ok(())
}

/// Embeddings, overrides and isolates of the Unicode bidirectional algorithm: they make `exe.py` look like `yp.exe`.
fn is_direction_control(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
