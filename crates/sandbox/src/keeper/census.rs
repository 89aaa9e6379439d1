//! All processes of all programs, and what they use, as `/proc` shows it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rustix::process::Pid;

use super::{
    family::{all_processes, tag_of},
    memory,
};
use crate::proc;

/// Between two looks at what a process has open, which take longer than all else; and at the memory of one of many.
const LOOK_INTO_EVERY: Duration = Duration::from_millis(200);
/// So many processes of a program are looked at each time.
const FEW: u64 = 4;
/// What a program holds and has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time in milliseconds; never falls.
    pub(super) cpu_ms: u64,
    /// Memory of its own in bytes: what it made, without files on disk and without what came from its zygote.
    /// What its processes share counts as often as there are processes.
    pub(super) memory_bytes: u64,
    /// Processes and threads.
    pub(super) tasks: u64,
    /// Files on disk without a name, in bytes; counted as often as there are processes that have them.
    pub(super) nameless_bytes: u64,
    /// How nice that process is which is so least of all; `None` when none is left.
    pub(super) least_nice: Option<i32>,
}

/// What a look must know of a program beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Its first process.
    pub(super) first: Pid,
    /// Memory that this one shared with its zygote at first, in bytes.
    pub(super) shared_bytes: u64,
    /// The user whose named shared memory is the program's, if that is one of its own.
    pub(super) user: Option<u32>,
}

/// Knows the processes of the last look.
#[derive(Debug)]
pub(super) struct Census {
    processes: HashMap<Pid, Process>,
    programs: HashMap<u64, Used>,
    looked_at: Instant,
    processors: u32,
}

#[derive(Debug, Clone, Copy)]
struct Process {
    started: u64,
    /// `None` for one that is no program's.
    tag: Option<u64>,
    /// Own processor time, in ticks, at the last look.
    ticks: u64,
    memory: memory::Of,
    /// When it was seen what it has open, and the processor time it had then; first, when it was met.
    opened: (Instant, Option<u64>),
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
    /// What those must have used that came and went between two looks, to judge by those that were met.
    guessed: Duration,
    usage: Usage,
}

/// A process in `/proc`.
struct Stat {
    started: u64,
    ticks: u64,
    waited_ticks: u64,
    tasks: u64,
    niceness: i32,
    is_zombie: bool,
    is_running: bool,
}

impl Census {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            processes: HashMap::new(),
            programs: HashMap::new(),
            looked_at: Instant::now(),
            processors: u32::try_from(processors).unwrap_or(1),
        }
    }

    /// Looks at all processes. `known` tells of a program by its tag; nothing of what is no program yet.
    pub(super) fn look(&mut self, known: impl Fn(u64) -> Option<Known>) {
        let since_last = self.looked_at.elapsed();
        self.looked_at = Instant::now();
        let mut told: HashMap<u64, Told> = HashMap::new();
        let mut alive = HashMap::new();
        for pid in all_processes() {
            let Some(stat) = stat(pid) else { continue };
            let before = self
                .processes
                .get(&pid)
                .filter(|before| before.started == stat.started)
                .copied();
            let tag = before.map_or_else(|| tag_of(pid), |before| before.tag);
            let Some(tag) = tag else {
                alive.insert(pid, Process::stranger(stat.started));
                continue;
            };
            let Some(program) = known(tag) else {
                continue;
            };
            let used = self.programs.entry(tag).or_default();
            used.seen_ticks += stat.ticks - before.map_or(0, |before| before.ticks.min(stat.ticks));
            let is_one_of_many = used.usage.tasks > FEW;
            // One that has not run since has not taken any memory either.
            let mut opened = before.map_or((self.looked_at, None), |before| before.opened);
            let memory = match before {
                Some(before) if before.ticks == stat.ticks && opened.1 == Some(stat.ticks) => {
                    before.memory
                }
                Some(before) if is_one_of_many && opened.0.elapsed() < LOOK_INTO_EVERY => {
                    before.memory
                }
                _ if opened.0.elapsed() >= LOOK_INTO_EVERY => {
                    opened = (self.looked_at, Some(stat.ticks));
                    memory::Of::all_now(pid, program.user)
                }
                _ => {
                    let before = before.map(|before| before.memory);
                    memory::Of::mapped_now(pid, before.unwrap_or_default())
                }
            };
            let sum = told.entry(tag).or_insert_with(|| Told::new(program));
            sum.ticks += stat.ticks + stat.waited_ticks;
            sum.memory += memory;
            if !stat.is_zombie {
                sum.tasks += stat.tasks;
                let least = sum.least_nice.unwrap_or(stat.niceness);
                sum.least_nice = Some(least.min(stat.niceness));
            }
            if before.is_none() && stat.is_running && pid != program.first {
                sum.newborn += 1;
            }
            let process = Process {
                started: stat.started,
                tag: Some(tag),
                ticks: stat.ticks,
                memory,
                opened,
            };
            alive.insert(pid, process);
        }
        self.processes = alive;
        let named = memory::named_by_user();
        // A program is looked at often from its start on; who slept longer saw fewer.
        let since_last = since_last.min(super::LOOK_EVERY * 2);
        for (tag, used) in &mut self.programs {
            let now = told.get(tag);
            used.told_ticks = used.told_ticks.max(now.map_or(0, |now| now.ticks));
            // Whoever is met running, and was not there before, stands for all that were not met.
            used.guessed += since_last * now.map_or(0, |now| now.newborn.min(self.processors));
            used.usage = Usage {
                cpu_ms: used.cpu_ms(),
                memory_bytes: now.map_or(0, |now| now.memory_bytes(&named)),
                tasks: now.map_or(0, |now| now.tasks),
                nameless_bytes: now.map_or(0, |now| now.memory.on_disk),
                least_nice: now.and_then(|now| now.least_nice),
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
            memory: memory::Of::default(),
            opened: (Instant::now(), None),
        }
    }
}

/// What a look finds of one program.
#[derive(Debug)]
struct Told {
    program: Known,
    ticks: u64,
    memory: memory::Of,
    tasks: u64,
    newborn: u32,
    least_nice: Option<i32>,
}

impl Told {
    fn new(program: Known) -> Self {
        Self {
            program,
            ticks: 0,
            memory: memory::Of::default(),
            tasks: 0,
            newborn: 0,
            least_nice: None,
        }
    }

    fn memory_bytes(&self, named: &HashMap<u32, u64>) -> u64 {
        let named = self.program.user.and_then(|user| named.get(&user));
        self.memory
            .with_named(named.copied().unwrap_or(0))
            .saturating_sub(self.program.shared_bytes)
    }
}

impl Used {
    fn cpu_ms(&self) -> u64 {
        let ms = |ticks: u64| ticks * 1000 / rustix::param::clock_ticks_per_second();
        let guessed_ms = u64::try_from(self.guessed.as_millis()).unwrap_or(u64::MAX);
        ms(self.seen_ticks).max(ms(self.told_ticks) + self.reaped_ms) + guessed_ms
    }
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
        niceness: fields.get(19 - 3)?.parse().ok()?,
        is_running: fields.first() == Some(&"R"),
        // The first of several threads may have ended before the others.
        is_zombie: matches!(fields.first(), Some(&"Z" | &"X")) && field(20)? <= 1,
    })
}

pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
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
