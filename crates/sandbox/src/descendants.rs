//! The tree of processes beneath this one, as `/proc` shows it.

use std::{fs, io, os::unix::fs::MetadataExt};

use rustix::process::{Pid, Signal, kill_process};

/// What a tree of processes holds and has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processor time in milliseconds, of those alive and of their children that were waited for.
    pub(crate) cpu_ms: u64,
    /// Memory of their own in bytes: neither files nor what a fork still shares with its parent's file
    /// mappings. Pages that two of them share since a fork are counted twice.
    pub(crate) memory_bytes: u64,
    /// Processes and threads.
    pub(crate) tasks: u64,
}

/// All processes beneath this one, parents before their children.
pub(crate) fn list() -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = own_children();
    while let Some(pid) = next.pop() {
        found.push(pid);
        next.extend(children_of(pid));
    }
    found
}

/// The processes whose parent this one is: the program, and orphans of its tree.
pub(crate) fn own_children() -> Vec<Pid> {
    children_of(rustix::process::getpid())
}

/// Sends `signal` to every process of the tree.
pub(crate) fn signal_all(signal: Signal) {
    for pid in list() {
        // One that is gone needs none; and whatever else could be wrong with one, the others are next.
        let _ = kill_process(pid, signal);
    }
}

/// What the tree uses now. A process that ends meanwhile is missing from it.
pub(crate) fn usage() -> Usage {
    let mut sum = Usage::default();
    for pid in list() {
        if let Some(one) = usage_of(pid) {
            sum.cpu_ms += one.cpu_ms;
            sum.memory_bytes += one.memory_bytes;
            sum.tasks += one.tasks;
        }
    }
    sum
}

/// How many threads the processes of `uid` have, on the whole machine.
pub(crate) fn threads_of_user(uid: u32) -> io::Result<u64> {
    let mut threads = 0;
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .and_then(Pid::from_raw);
        let Some(pid) = pid else { continue };
        if entry.metadata().is_ok_and(|found| found.uid() == uid) {
            threads += usage_of(pid).map_or(0, |usage| usage.tasks);
        }
    }
    Ok(threads)
}

fn children_of(pid: Pid) -> Vec<Pid> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|line| {
            line.split_ascii_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .filter_map(Pid::from_raw)
        .collect()
}

fn usage_of(pid: Pid) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything; what follows is numbers. Fields are
    // counted as in proc(5): the state is the third.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = field(14)? + field(15)? + field(16)? + field(17)?;
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    Some(Usage {
        cpu_ms: ticks * 1000 / ticks_per_second,
        memory_bytes: own_memory(pid)?,
        tasks: field(20)?,
    })
}

/// Anonymous and shared memory, which a program makes; mapped files the system can drop by itself.
///
/// Any thread tells it for all; the first may have ended before the others.
fn own_memory(pid: Pid) -> Option<u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let memory = tasks.flatten().find_map(|task| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let kilobytes: Vec<u64> = status
            .lines()
            .filter_map(|line| {
                line.strip_prefix("RssAnon:")
                    .or_else(|| line.strip_prefix("RssShmem:"))
            })
            .filter_map(|value| value.trim().strip_suffix(" kB")?.parse().ok())
            .collect();
        (!kilobytes.is_empty()).then(|| kilobytes.iter().sum::<u64>() * 1024)
    });
    // None of its threads has any: it is ending.
    Some(memory.unwrap_or(0))
}
