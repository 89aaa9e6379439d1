//! All processes of all programs, and what they use, as `/proc` shows it.
//!
//! Which program a process belongs to is told by its *tag*: a number that the program's first process
//! got as its limit of file locks (which Linux has kept since 2.4 without using it), that everything it
//! starts inherits, whoever its parent is, and that the filter of system calls keeps from being changed.

use std::{collections::HashMap, fs};

use rustix::process::{Pid, Signal, kill_process};

use crate::proc;

/// Tags are this and more.
const FIRST_TAG: u64 = 1 << 36;

/// Gives tags, each once; another keeper of the same process list has other ones.
#[derive(Debug)]
pub(super) struct Tags(u64);

impl Tags {
    pub(super) fn new() -> Self {
        let keeper = rustix::process::getpid().as_raw_pid();
        Self(FIRST_TAG * u64::from(keeper.unsigned_abs()))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// What a program holds and has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time in milliseconds; never falls.
    pub(super) cpu_ms: u64,
    /// Memory of its own in bytes: what it made, without files and without what it shares with the
    /// zygote it came from.
    pub(super) memory_bytes: u64,
    /// Processes and threads.
    pub(super) tasks: u64,
}

/// Knows the processes of the last look.
#[derive(Debug, Default)]
pub(super) struct Census {
    processes: HashMap<Pid, Process>,
    programs: HashMap<u64, Used>,
}

#[derive(Debug, Clone, Copy)]
struct Process {
    started: u64,
    /// `None` for one that is no program's.
    tag: Option<u64>,
    /// Own processor time, in ticks, at the last look.
    ticks: u64,
    memory_bytes: u64,
}

/// Two ways to count processor time, each of which misses something the other sees.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    /// What each process was seen to use while it lived: misses what it used after the last look.
    seen_ticks: u64,
    /// What those alive tell of themselves and of children they waited for: misses the others.
    told_ticks: u64,
    /// What orphans, which we wait for, had used.
    reaped_ms: u64,
    usage: Usage,
}

/// A process in `/proc`.
struct Stat {
    started: u64,
    ticks: u64,
    waited_ticks: u64,
    tasks: u64,
    is_zombie: bool,
}

impl Census {
    /// Looks at all processes. `shared_bytes` is what each still may share with its zygote, by tag; nothing
    /// for those that are no programs yet.
    pub(super) fn look(&mut self, shared_bytes: impl Fn(u64) -> Option<u64>) {
        let mut told: HashMap<u64, Usage> = HashMap::new();
        let mut alive = HashMap::new();
        for pid in all_processes() {
            let Some(stat) = stat(pid) else { continue };
            let known = self
                .processes
                .get(&pid)
                .filter(|known| known.started == stat.started)
                .copied();
            let tag = known.map_or_else(|| tag_of(pid), |known| known.tag);
            let Some(tag) = tag else {
                alive.insert(pid, Process::stranger(stat.started));
                continue;
            };
            let Some(shared_bytes) = shared_bytes(tag) else {
                continue;
            };
            let before = known.map_or(0, |known| known.ticks);
            let used = self.programs.entry(tag).or_default();
            used.seen_ticks += stat.ticks.saturating_sub(before);
            // One that has not run since has not taken any memory either.
            let memory_bytes = match known {
                Some(known) if known.ticks == stat.ticks && known.memory_bytes > 0 => {
                    known.memory_bytes
                }
                _ => memory(pid, shared_bytes),
            };
            let sum = told.entry(tag).or_default();
            sum.cpu_ms += stat.ticks + stat.waited_ticks;
            sum.memory_bytes += memory_bytes;
            if !stat.is_zombie {
                sum.tasks += stat.tasks;
            }
            let process = Process {
                started: stat.started,
                tag: Some(tag),
                ticks: stat.ticks,
                memory_bytes,
            };
            alive.insert(pid, process);
        }
        self.processes = alive;
        for (tag, used) in &mut self.programs {
            let now = told.get(tag).copied().unwrap_or_default();
            used.told_ticks = used.told_ticks.max(now.cpu_ms);
            used.usage = Usage {
                cpu_ms: used.cpu_ms(),
                ..now
            };
        }
    }

    /// What a program was seen to use at the last look.
    pub(super) fn usage(&self, tag: u64) -> Usage {
        self.programs
            .get(&tag)
            .map(|used| used.usage)
            .unwrap_or_default()
    }

    /// Takes note of an orphan that has ended and had used so much.
    pub(super) fn reaped(&mut self, pid: Pid, cpu_ms: u64) {
        if let Some(process) = self.processes.remove(&pid)
            && let Some(tag) = process.tag
            && let Some(used) = self.programs.get_mut(&tag)
        {
            used.reaped_ms += cpu_ms;
        }
    }

    /// Forgets a program that is gone.
    pub(super) fn forget(&mut self, tag: u64) {
        self.programs.remove(&tag);
        self.processes.retain(|_, process| process.tag != Some(tag));
    }
}

impl Process {
    fn stranger(started: u64) -> Self {
        Self {
            started,
            tag: None,
            ticks: 0,
            memory_bytes: 0,
        }
    }
}

impl Used {
    fn cpu_ms(&self) -> u64 {
        let ms = |ticks: u64| ticks * 1000 / rustix::param::clock_ticks_per_second();
        ms(self.seen_ticks).max(ms(self.told_ticks) + self.reaped_ms)
    }
}

/// The processes of a program that still run or could.
pub(super) fn living(tag: u64) -> Vec<Pid> {
    all_processes()
        .filter(|pid| tag_of(*pid) == Some(tag) && stat(*pid).is_some_and(|stat| !stat.is_zombie))
        .collect()
}

/// Sends `signal` to every process of a program.
pub(super) fn signal_all(tag: u64, signal: Signal) {
    for pid in living(tag) {
        // One that is gone needs none; and whatever else could be wrong with one, the others are next.
        let _ = kill_process(pid, signal);
    }
}

/// Ends every process of a program, and returns which: stopped first, so that nothing forks while they are
/// counted.
pub(super) fn kill_all(tag: u64) -> Vec<Pid> {
    let mut stopped = 0;
    loop {
        let alive = living(tag);
        let is_last = alive.len() <= 1 || alive.len() <= stopped;
        let signal = if is_last { Signal::KILL } else { Signal::STOP };
        for pid in &alive {
            let _ = kill_process(*pid, signal);
        }
        if is_last {
            return alive;
        }
        stopped = alive.len();
    }
}

/// What a process has besides files, in bytes.
pub(super) fn own_memory(pid: Pid) -> u64 {
    memory(pid, 0)
}

/// How much a process may write to of what it has mapped, in bytes: what `RLIMIT_DATA` counts.
pub(super) fn data_size(pid: Pid) -> u64 {
    let status = proc::read(&format!("/proc/{pid}/status")).unwrap_or_default();
    field_kb(&status, "VmData:") * 1024
}

/// Not only those of students' uids: to whom a process's folder belongs, the process itself decides.
fn all_processes() -> impl Iterator<Item = Pid> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// The tag that a process carries.
pub(super) fn tag_of(pid: Pid) -> Option<u64> {
    let limits = proc::read(&format!("/proc/{pid}/limits")).ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max file locks"))?;
    // Soft, hard, unit. The soft one can be lowered by nobody either.
    let tag = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (tag >= FIRST_TAG).then_some(tag)
}

fn stat(pid: Pid) -> Option<Stat> {
    let stat = proc::read(&format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything; what follows is numbers. Fields are
    // counted as in proc(5): the state is the third.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        started: field(22)?,
        ticks: field(14)? + field(15)?,
        waited_ticks: field(16)? + field(17)?,
        tasks: field(20)?,
        is_zombie: matches!(fields.first(), Some(&"Z" | &"X")),
    })
}

/// Anonymous and shared memory, which a program makes; mapped files the system can drop by itself.
///
/// Any thread tells it for all; the first may have ended before the others. `shared` bytes came with
/// the fork.
fn memory(pid: Pid, shared: u64) -> u64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return 0;
    };
    let quick = tasks
        .flatten()
        .filter_map(|task| proc::read(task.path().join("status").to_str()?).ok())
        .map(|status| field_kb(&status, "RssAnon:") + field_kb(&status, "RssShmem:"))
        .find(|kilobytes| *kilobytes > 0)
        .unwrap_or(0)
        * 1024;
    quick.saturating_sub(shared)
}

/// The memory of a whole program in bytes, each page divided by the number of processes that have it:
/// what processes share after a fork counts once. Dear, so only when the quick figure is over a limit.
pub(super) fn exact_memory(tag: u64) -> u64 {
    let one = |pid| match proc::read(&format!("/proc/{pid}/smaps_rollup")) {
        Ok(rollup) => (field_kb(&rollup, "Pss_Anon:") + field_kb(&rollup, "Pss_Shmem:")) * 1024,
        // Hidden by itself: then it counts whole.
        Err(_) => own_memory(pid),
    };
    living(tag).into_iter().map(one).sum()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

fn field_kb(text: &str, name: &str) -> u64 {
    field(text, name)
        .and_then(|value| value.strip_suffix(" kB")?.parse().ok())
        .unwrap_or(0)
}

/// How many threads the processes of `uid` have, on the whole machine.
pub(super) fn threads_of_user(uid: u32) -> u64 {
    let status = |pid| proc::read(&format!("/proc/{pid}/status")).unwrap_or_default();
    let uid = uid.to_string();
    all_processes()
        .map(status)
        .filter(|status| field(status, "Uid:").is_some_and(|ids| ids.starts_with(uid.as_str())))
        .filter_map(|status| field(&status, "Threads:")?.parse::<u64>().ok())
        .sum()
}
