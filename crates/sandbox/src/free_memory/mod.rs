//! How much memory this process and all that it starts can still take.
//!
//! The tightest limit counts: that of the machine, and that of each memory cgroup (`cgroup`) that this process is in.
//! Swap doesn't count: a machine that swaps answers nobody in time.

mod cgroup;

use std::{fs::File, io, os::unix::fs::FileExt};

use cgroup::Group;

const MEMINFO: &str = "/proc/meminfo";
/// Longer than the files that are read here.
const MAX_FILE: usize = 16 << 10;
/// Page cache and caches of the kernel that are not counted as free, in bytes: the code of all that runs is in there. The
/// kernel makes the same allowance in `MemAvailable`.
const KEPT_CACHE: u64 = 32 << 20;

/// Reads how much memory is free, in about 20 µs and without taking any.
#[derive(Debug)]
pub struct FreeMemory {
    machine: File,
    groups: Vec<Group>,
}

impl FreeMemory {
    /// Finds the limits that hold for this process.
    ///
    /// # Errors
    /// When `/proc` is not there, or a cgroup cannot be read.
    pub fn find() -> io::Result<Self> {
        Ok(Self {
            machine: File::open(MEMINFO)?,
            groups: cgroup::of_this_process()?,
        })
    }

    /// Memory that can be taken before the kernel ends processes, in bytes.
    ///
    /// # Errors
    /// When a file of the kernel cannot be read or lacks a value.
    pub fn bytes(&self) -> io::Result<u64> {
        let mut buffer = [0; MAX_FILE];
        let machine = read(&self.machine, &mut buffer)?;
        let kilobytes = |name| value_of(machine, name).ok_or_else(|| lacks(name));
        let total = kilobytes("MemTotal:")? * 1024;
        let mut least = kilobytes("MemAvailable:")? * 1024;
        for group in &self.groups {
            if let Some(free) = group.free(total, &mut buffer)? {
                least = least.min(free);
            }
        }
        Ok(least)
    }
}

/// What a file of the kernel says now. It is made again for each read at its beginning.
fn read<'a>(file: &File, buffer: &'a mut [u8; MAX_FILE]) -> io::Result<&'a str> {
    let mut length = 0;
    loop {
        match file.read_at(buffer.get_mut(length..).unwrap_or_default(), length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    if length == MAX_FILE {
        return Err(io::Error::other(
            "a file of the kernel is longer than expected",
        ));
    }
    str::from_utf8(buffer.get(..length).unwrap_or_default()).map_err(io::Error::other)
}

/// The number behind a name.
fn value_of(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_ascii_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

/// The part of a cache that the kernel gives back before it ends a process.
fn droppable(cache: u64) -> u64 {
    cache - KEPT_CACHE.min(cache / 2)
}

fn lacks(name: &str) -> io::Error {
    io::Error::other(format!("the kernel shows no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_free_memory() {
        let free = FreeMemory::find().unwrap().bytes().unwrap();
        assert!(free > 1 << 20, "{free}");
    }

    #[test]
    fn values_are_found_by_their_whole_name() {
        let text = "MemTotal:       24684084 kB\nMemFree:  1 kB\nMemAvailable:   24059904 kB\n";
        assert_eq!(value_of(text, "MemAvailable:"), Some(24_059_904));
        assert_eq!(value_of("active_file 7\nfile 9\n", "file"), Some(9));
        assert_eq!(value_of("", "file"), None);
    }

    #[test]
    fn a_part_of_the_cache_is_kept() {
        assert_eq!(droppable(0), 0);
        assert_eq!(droppable(20 << 20), 10 << 20);
        assert_eq!(droppable(100 << 20), 68 << 20);
    }
}
