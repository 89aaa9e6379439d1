//! Files of `/proc`, read at one go.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// Longer than the files of `/proc` that are read here, nearly always.
const AT_ONCE: usize = 8 << 10;

/// The text of a file of `/proc`. Names of processes stand in there as they are, which need not be text: what is none
/// is replaced.
///
/// The kernel writes such a file anew for each reader and gives all of it to the first read that has room
/// for it, where `fs::read_to_string` would ask eight times, beginning with 32 bytes.
pub(crate) fn read(path: impl AsRef<Path>) -> io::Result<String> {
    let mut bytes = vec![0; AT_ONCE];
    let count = File::open(&path)?.read(&mut bytes)?;
    if count == AT_ONCE {
        bytes = fs::read(path)?;
    } else {
        bytes.truncate(count);
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
