//! What can be seen of processes from outside, in `/proc`.

use std::{
    collections::HashMap,
    fs, iter,
    path::{Path, PathBuf},
};

/// Programs of students carry a number of at least this as their limit of file locks
/// (`sandbox::keeper::census`).
const FIRST_TAG: u64 = 1 << 36;

/// The ids of all processes.
pub fn all() -> Vec<i32> {
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The processes that `ancestor` has started, and those that these have, and so on.
pub fn descendants(ancestor: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all() {
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![ancestor];
    while let Some(pid) = next.pop() {
        let of_pid = children.remove(&pid).unwrap_or_default();
        found.extend(&of_pid);
        next.extend(of_pid);
    }
    found
}

/// The process that has started this one, the one that has started that, and so on.
pub fn ancestors(pid: i32) -> impl Iterator<Item = i32> {
    iter::successors(parent(pid), |pid| parent(*pid))
}

/// The words of the command that a process executes.
pub fn command(pid: i32) -> Vec<String> {
    let line = fs::read(at(pid, "cmdline")).unwrap_or_default();
    let words = line
        .strip_suffix(b"\0")
        .unwrap_or(&line)
        .split(|byte| *byte == 0);
    words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

/// Whether it is there and has not ended.
pub fn is_alive(pid: i32) -> bool {
    stat(pid).is_some_and(|stat| !matches!(stat.first().map(String::as_str), Some("Z" | "X")))
}

/// The processor time that it has used, in the kernel's ticks.
pub fn processor_ticks(pid: i32) -> u64 {
    let stat = stat(pid).unwrap_or_default();
    // Fields 14 and 15 of proc(5); the first here is the third.
    let ticks = stat.iter().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// How many pages the kernel has prepared for a process without reading a disk, and for those of its children that have
/// ended and that it has waited for (`minflt` and `cminflt` of proc(5)).
pub fn minor_faults(pid: i32) -> (u64, u64) {
    let stat = stat(pid).unwrap_or_default();
    let field = |number: usize| stat.get(number).and_then(|field| field.parse().ok());
    (field(7).unwrap_or(0), field(8).unwrap_or(0))
}

/// The real user of a process.
pub fn uid(pid: i32) -> Option<u32> {
    status(pid, "Uid:")?.split_whitespace().next()?.parse().ok()
}

/// The id that a process has for itself and its neighbours, which in a container is another.
pub fn inner_pid(pid: i32) -> Option<i32> {
    status(pid, "NSpid:")?
        .split_whitespace()
        .last()?
        .parse()
        .ok()
}

/// Whether it belongs to a student's program, as its keeper has marked it; one that still waits to become a
/// program does not.
pub fn is_program(pid: i32) -> bool {
    is_tagged(pid) && has_limits(pid)
}

/// Whether it is a program or waits to become one.
pub fn is_tagged(pid: i32) -> bool {
    hard_limit(pid, "Max file locks").is_some_and(|tag| tag >= FIRST_TAG)
}

/// Whether it waits to become a program that has the class's packages.
pub fn is_warm(pid: i32) -> bool {
    let is_full = command(pid).iter().any(|word| word == "full");
    is_full && is_tagged(pid) && !has_limits(pid)
}

fn has_limits(pid: i32) -> bool {
    // Programs may have none, and get no more than that.
    hard_limit(pid, "Max msgqueue size") == Some(0)
}

/// The folder that a process is in.
pub fn directory(pid: i32) -> Option<PathBuf> {
    fs::read_link(at(pid, "cwd")).ok()
}

/// A path as that process sees it.
pub fn seen_by(pid: i32, path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    at(pid, "root").join(path.strip_prefix("/").unwrap_or(path))
}

/// How many descriptors a process has open.
pub fn descriptors(pid: i32) -> usize {
    fs::read_dir(at(pid, "fd")).map_or(0, |folder| folder.flatten().count())
}

/// What a process holds in memory, in bytes, with what it shares.
pub fn resident(pid: i32) -> u64 {
    kilobytes(status(pid, "VmRSS:"))
}

/// The most that it has held since it began, or since [`forget_peak`].
pub fn peak_resident(pid: i32) -> u64 {
    kilobytes(status(pid, "VmHWM:"))
}

/// Begins to measure the peak anew.
pub fn forget_peak(pid: i32) {
    fs::write(at(pid, "clear_refs"), "5").unwrap();
}

/// What a process holds in memory, in bytes; what it shares with others is divided among them.
pub fn proportional(pid: i32) -> u64 {
    in_rollup(pid, "Pss:")
}

/// What a process holds in memory and has written to, shared with nobody, in bytes.
pub fn private(pid: i32) -> u64 {
    in_rollup(pid, "Private_Dirty:")
}

fn hard_limit(pid: i32, name: &str) -> Option<u64> {
    let limits = fs::read_to_string(at(pid, "limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The process that has started this one, or that has it now.
pub fn parent(pid: i32) -> Option<i32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The fields of `/proc/PID/stat` from the third on: the name before may hold anything.
fn stat(pid: i32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(at(pid, "stat")).ok()?;
    let fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some(fields.map(str::to_owned).collect())
}

fn status(pid: i32, name: &str) -> Option<String> {
    let status = fs::read_to_string(at(pid, "status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().to_owned())
}

fn kilobytes(field: Option<String>) -> u64 {
    let number = field.and_then(|field| field.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

fn in_rollup(pid: i32, name: &str) -> u64 {
    let rollup = fs::read_to_string(at(pid, "smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix(name));
    kilobytes(line.map(str::to_owned))
}

fn at(pid: i32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}
