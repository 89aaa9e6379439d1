//! What `/proc/<pid>/stat` tells of a process.

use rustix::process::Pid;

use crate::proc;

/// A process in `/proc`.
#[derive(Debug)]
pub(super) struct Stat {
    /// `None` where the parent is not in this list of processes.
    pub(super) parent: Option<Pid>,
    /// When it began, in ticks since the machine did.
    pub(super) started: u64,
    /// Its own processor time, in ticks.
    pub(super) ticks: u64,
    /// That of the children it has waited for, in ticks.
    pub(super) waited_ticks: u64,
    /// Its threads.
    pub(super) tasks: u64,
    pub(super) niceness: i32,
    pub(super) is_zombie: bool,
    pub(super) is_running: bool,
}

impl Stat {
    /// Reads it; `None` when there is no such process.
    pub(super) fn of(pid: Pid) -> Option<Self> {
        let stat = proc::read(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold anything; what follows is numbers. Fields are
        // counted as in proc(5): the state is the third.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: Pid::from_raw(i32::try_from(field(4)?).ok()?),
            started: field(22)?,
            ticks: field(14)? + field(15)?,
            waited_ticks: field(16)? + field(17)?,
            tasks: field(20)?,
            niceness: fields.get(19 - 3)?.parse().ok()?,
            is_running: fields.first() == Some(&"R"),
            // The first of several threads may have ended before the others.
            is_zombie: matches!(fields.first(), Some(&"Z" | &"X")) && field(20)? <= 1,
        })
    }
}
