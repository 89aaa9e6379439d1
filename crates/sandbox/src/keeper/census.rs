//! All processes of all programs, and what they use, as `/proc` shows it.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use rustix::process::Pid;

use super::{
    effort::{self, Effort, Patience},
    family::{all_processes, tag_of},
    forks::{Births, Numbers},
    held::{self, Owner},
    locks::Locks,
    memory,
    stat::Stat,
    usage::Usage,
};

/// Between two looks at what a process has open, which take longer than all else; and at the memory of one of many.
const LOOK_INTO_EVERY: Duration = Duration::from_millis(200);
/// Between two looks at all that a process holds, which take longer still.
const SEARCH_EVERY: Duration = Duration::from_secs(2);
/// So many processes of a program are looked at each time.
const FEW: u64 = 4;

/// What a look must know of a program beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Its first process.
    pub(super) first: Pid,
    /// Memory that this one shared with its zygote at first, in bytes.
    pub(super) shared_bytes: u64,
    /// Whose it is. The user's named shared memory is the program's.
    pub(super) owner: Owner<'a>,
}

/// Knows the processes of the last look.
#[derive(Debug)]
pub(super) struct Census {
    processes: HashMap<Pid, Process>,
    programs: HashMap<u64, Used>,
    looked_at: Instant,
    processors: u32,
    numbers: Numbers,
    locks: Locks,
}

#[derive(Debug, Clone, Copy)]
struct Process {
    started: u64,
    /// `None` for one that is no program's.
    tag: Option<u64>,
    /// Own processor time, in ticks, at the last look.
    ticks: u64,
    memory: memory::Of,
    /// The last look at what it has open.
    opened: LookedInto,
}

/// How a process is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Usual,
    /// As one of many of its program: its memory less often.
    OfMany,
}

/// The last look at all that the processes of a program hold.
#[derive(Debug, Clone, Copy)]
struct Searched {
    at: Instant,
    /// The program's processor time then.
    cpu_ms: u64,
    /// Whether it is too long to look at.
    is_too_long: bool,
}

/// When a process was looked into; at first, when it was met.
#[derive(Debug, Clone, Copy)]
struct LookedInto {
    at: Instant,
    /// Its own processor time then, in ticks.
    ticks: Option<u64>,
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
    /// What it took to look at them, where that was long.
    charged: Duration,
    usage: Usage,
    searched: Option<Searched>,
}

impl Census {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            processes: HashMap::new(),
            programs: HashMap::new(),
            looked_at: Instant::now(),
            processors: u32::try_from(processors).unwrap_or(1),
            numbers: Numbers::now(),
            locks: Locks::new(),
        }
    }

    /// Looks at all processes, and as far as there is time at all that they hold. `known` tells of a program by its tag;
    /// nothing of what is no program yet.
    pub(super) fn look<'a>(&mut self, known: impl Fn(u64) -> Option<Known<'a>>) {
        let since_last = self.looked_at.elapsed();
        self.looked_at = Instant::now();
        let numbers = self.numbers.in_a_second();
        let keeper = rustix::process::getpid();
        let mut told: HashMap<u64, Told<'_>> = HashMap::new();
        let mut alive = HashMap::new();
        for pid in all_processes() {
            let Some(stat) = Stat::of(pid) else { continue };
            let before = self
                .processes
                .get(&pid)
                .filter(|before| before.started == stat.started)
                .copied();
            let tag = before.map_or_else(|| tag_of(pid), |before| before.tag);
            let Some(tag) = tag else {
                alive.insert(pid, Process::met(stat.started, None));
                continue;
            };
            let Some(program) = known(tag) else {
                continue;
            };
            let used = self.programs.entry(tag).or_default();
            let how = if used.usage.tasks > FEW {
                Look::OfMany
            } else {
                Look::Usual
            };
            let is_new = before.is_none();
            let before = before.unwrap_or_else(|| Process::met(stat.started, Some(tag)));
            used.seen_ticks += stat.ticks - before.ticks.min(stat.ticks);
            let process = before.looked_at(pid, &stat, program.owner, how);
            let sum = told.entry(tag).or_insert_with(|| Told::new(program));
            sum.ticks += stat.ticks + stat.waited_ticks;
            if !stat.is_zombie {
                sum.tasks += stat.tasks;
                let least = sum.least_nice.unwrap_or(stat.niceness);
                sum.least_nice = Some(least.min(stat.niceness));
            }
            let is_adopted = stat.parent == Some(keeper);
            if !is_adopted {
                sum.parents.extend(stat.parent);
            }
            if is_new && pid != program.first {
                sum.born += 1;
                sum.adopted += u64::from(is_adopted);
                sum.newborn += u32::from(stat.is_running);
            }
            alive.insert(pid, process);
        }
        self.processes = alive;
        self.search(&told);
        let processes = &self.processes;
        self.locks.look(|pid| processes.get(&pid)?.tag);
        for process in self.processes.values() {
            if let Some(sum) = process.tag.and_then(|tag| told.get_mut(&tag)) {
                sum.memory += process.memory;
            }
        }
        let mut programs = told.values().map(|told| told.program.owner);
        let named = if programs.any(|owner| owner.memory.is_none()) {
            memory::named_by_user()
        } else {
            HashMap::new()
        };
        // A program is looked at often from its start on; who slept longer saw fewer.
        let since_last = since_last.min(super::LOOK_EVERY * 2);
        for (tag, used) in &mut self.programs {
            let now = told.get(tag);
            used.told_ticks = used.told_ticks.max(now.map_or(0, |now| now.ticks));
            // Whoever is met running, and was not there before, stands for all that were not met.
            used.guessed += since_last * now.map_or(0, |now| now.newborn.min(self.processors));
            let kernel_bytes = now.map_or(0, |now| used.kernel_bytes(now)) + self.locks.bytes(*tag);
            used.usage = Usage {
                cpu_ms: used.cpu_ms(),
                charged_ms: whole_ms(used.charged),
                memory_bytes: now.map_or(0, |now| now.memory_bytes(&named)) + kernel_bytes,
                kernel_bytes,
                tasks: now.map_or(0, |now| now.tasks),
                nameless_bytes: now.map_or(0, |now| now.memory.nameless_on_disk()),
                unknown_files: now.map_or(0, |now| used.unknown_files(now)),
                least_nice: now.and_then(|now| now.least_nice),
                births: now.map_or_else(Births::default, |now| now.births(numbers)),
            };
            used.searched.get_or_insert_with(|| Searched {
                at: Instant::now(),
                cpu_ms: used.usage.cpu_ms,
                is_too_long: false,
            });
        }
    }

    /// Looks at all that programs hold: at those that have worked since the last time, whoever has waited for longest first.
    fn search(&mut self, told: &HashMap<u64, Told<'_>>) {
        let mut effort = Effort::default();
        let is_due = |last: &Searched, used: &Used| {
            last.cpu_ms != used.usage.cpu_ms && last.at.elapsed() >= SEARCH_EVERY
        };
        let mut due: Vec<_> = self
            .programs
            .iter()
            .filter_map(|(tag, used)| {
                let last = used.searched.filter(|last| is_due(last, used))?;
                Some((last.at, *tag))
            })
            .collect();
        due.sort_unstable();
        for (_, tag) in due {
            if !effort.is_left() {
                return;
            }
            let Some(owner) = told.get(&tag).map(|told| told.program.owner) else {
                continue;
            };
            let its = self.processes.iter_mut();
            let its = its.filter(|(_, process)| process.tag == Some(tag));
            let (found, took) = effort.spend(1, |patience| search_all(its, owner, patience));
            self.charge(tag, took);
            if let Some(used) = self.programs.get_mut(&tag) {
                used.searched = Some(Searched {
                    at: Instant::now(),
                    cpu_ms: used.usage.cpu_ms,
                    is_too_long: found.is_none(),
                });
            }
        }
    }

    pub(super) fn looked_at(&self) -> Instant {
        self.looked_at
    }

    /// Counts what it took to look at a program, if that was long, towards its limit of processor time.
    pub(super) fn charge(&mut self, tag: u64, took: Duration) {
        if let Some(used) = self.programs.get_mut(&tag) {
            used.charged += effort::charge(took);
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

    /// A process becomes a program. It may have been met before it had its tag.
    pub(super) fn begins(&mut self, pid: Pid) {
        self.processes.remove(&pid);
    }

    /// Forgets a program that is gone.
    pub(super) fn forget(&mut self, tag: u64) {
        self.programs.remove(&tag);
        self.processes.retain(|_, process| process.tag != Some(tag));
    }
}

impl Process {
    fn met(started: u64, tag: Option<u64>) -> Self {
        let never = LookedInto {
            at: Instant::now(),
            ticks: None,
        };
        Self {
            started,
            tag,
            ticks: 0,
            memory: memory::Of::default(),
            opened: never,
        }
    }

    /// The same process, looked at now.
    fn looked_at(mut self, pid: Pid, stat: &Stat, owner: Owner<'_>, how: Look) -> Self {
        let is_unmeasured = self.memory == memory::Of::default();
        let has_run = stat.ticks != self.ticks;
        let now = LookedInto {
            at: Instant::now(),
            ticks: Some(stat.ticks),
        };
        self.ticks = stat.ticks;
        if stat.is_zombie {
            self.memory = memory::Of::default();
        } else if self.opened.is_due(stat.ticks) {
            self.memory = memory::Of::open_now(pid, owner, self.memory);
            self.opened = now;
        } else if is_unmeasured || has_run && how != Look::OfMany {
            self.memory = memory::Of::mapped_now(pid, self.memory);
        }
        self
    }
}

/// Looks at all that the processes of a program hold, whether they have run or not: others may have left them something.
fn search_all<'a>(
    its: impl Iterator<Item = (&'a Pid, &'a mut Process)>,
    owner: Owner<'_>,
    patience: &Patience,
) -> Option<()> {
    for (pid, process) in its {
        patience.go_on()?;
        process.memory = memory::Of::all_now(*pid, owner);
        process.opened = LookedInto {
            at: Instant::now(),
            ticks: Some(process.ticks),
        };
    }
    Some(())
}

impl LookedInto {
    /// Whether to look again. One that has not run since has not opened anything either.
    fn is_due(&self, ticks: u64) -> bool {
        self.ticks != Some(ticks) && self.at.elapsed() >= LOOK_INTO_EVERY
    }
}

/// What a look finds of one program.
#[derive(Debug)]
struct Told<'a> {
    program: Known<'a>,
    ticks: u64,
    memory: memory::Of,
    tasks: u64,
    newborn: u32,
    born: u64,
    adopted: u64,
    parents: HashSet<Pid>,
    least_nice: Option<i32>,
}

impl<'a> Told<'a> {
    fn new(program: Known<'a>) -> Self {
        Self {
            program,
            ticks: 0,
            memory: memory::Of::default(),
            tasks: 0,
            newborn: 0,
            born: 0,
            adopted: 0,
            parents: HashSet::new(),
            least_nice: None,
        }
    }

    fn births(&self, numbers: u64) -> Births {
        Births {
            born: self.born,
            adopted: self.adopted,
            parents: self.parents.len() as u64,
            numbers,
        }
    }

    fn memory_bytes(&self, named: &HashMap<u32, u64>) -> u64 {
        let named = self.program.owner.user.and_then(|user| named.get(&user));
        self.memory
            .with_shared(self.program.owner.memory, named.copied().unwrap_or(0))
            .saturating_sub(self.program.shared_bytes)
    }
}

impl Used {
    fn cpu_ms(&self) -> u64 {
        let ms = |ticks: u64| ticks * 1000 / rustix::param::clock_ticks_per_second();
        let guessed_ms = whole_ms(self.guessed);
        ms(self.seen_ticks).max(ms(self.told_ticks) + self.reaped_ms) + guessed_ms
    }

    /// What its mappings take. A program that is too long to look at may have as many as the kernel allows.
    fn kernel_bytes(&self, now: &Told<'_>) -> u64 {
        match self.searched {
            Some(Searched {
                is_too_long: true, ..
            }) => now.tasks * memory::MAX_MAPPINGS_BYTES,
            _ => now.memory.mappings,
        }
    }

    fn unknown_files(&self, now: &Told<'_>) -> u64 {
        match self.searched {
            Some(Searched {
                is_too_long: true, ..
            }) => held::ANY_NUMBER,
            _ => now.memory.unknown_files,
        }
    }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::keeper::family::Tags;

    #[test]
    fn a_program_that_was_met_before_it_had_its_tag_is_counted() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let pid = Pid::from_child(&child);
        let mut tags = Tags::new();
        // The first ones are other tests'.
        let tag = (0..9).map(|_| tags.next()).last().unwrap();
        let known = |met: u64| {
            let program = Known {
                first: pid,
                shared_bytes: 0,
                owner: Owner {
                    user: None,
                    places: &[],
                    memory: None,
                },
            };
            (met == tag).then_some(program)
        };
        let mut census = Census::new();
        census.look(known);
        let tagged = Command::new("prlimit")
            .args([
                format!("--locks={tag}:{tag}"),
                format!("--pid={}", child.id()),
            ])
            .status();
        assert!(tagged.unwrap().success());
        census.begins(pid);
        census.look(known);
        assert_eq!(census.usage(tag).tasks, 1);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
