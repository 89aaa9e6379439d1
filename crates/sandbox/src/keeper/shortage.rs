//! Ends programs before the memory of the machine or of the container runs out, so that the kernel need not choose who ends.
//!
//! A thread of its own checks how much is free: a poll of all programs takes longest exactly when all of them want memory. When
//! less is left than the reserve, the thread stops all programs, so that none grows meanwhile and the processor is free. It
//! kills the one that holds the most, takes that one's memory back at once, and lets the others go on. The next one is killed
//! only if that was not enough.

use std::{
    cmp::Reverse,
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, setpriority_process};

use super::{
    Keeper,
    census::Census,
    effort::Patience,
    family::Family,
    held::Owner,
    memory,
    run::Run,
    system::{at_work, release_memory, say},
};
use crate::{FreeMemory, private::SharedMemory};

/// Between two checks while memory is short or may be soon.
const CHECK_INTERVAL: Duration = Duration::from_millis(5);
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Between two checks while it is short and no program is to blame.
const BLAMELESS_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// How nice the thread is, where that is allowed.
const NICENESS: i32 = -15;
/// Memory that programs can take in a second on one processor, in bytes. The kernel clears large pages at this rate, and
/// small ones at a third of it.
const GROWTH_PER_SECOND: u64 = 4 << 30;
/// A program that holds less than this is not ended, in bytes: it would help nobody.
const MIN_VICTIM: u64 = 8 << 20;
/// Processor time for which one program may be measured exactly. One that takes longer counts as more than it may hold.
const MEASURE_TIMEOUT: Duration = Duration::from_millis(10);
/// How long what a program has left may take to be removed before the next one is ended.
const SETTLE_TIME: Duration = Duration::from_millis(30);
/// How long the kernel may take to end a program before the next one is ended.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// The keeper's end of the thread.
#[derive(Debug)]
pub(super) struct Shortage {
    /// `None` where nothing is watched.
    shared: Option<Arc<Shared>>,
    /// When the programs were polled that the thread knows of.
    known_at: Option<Instant>,
}

/// Known to both threads.
#[derive(Debug, Default)]
struct Shared {
    programs: Mutex<Programs>,
    changed: Condvar,
}

/// Locked for moments only: the thread may not wait for the other one, which has its turns seldom when all programs have much
/// to do.
#[derive(Debug, Default)]
struct Programs {
    running: Arc<Vec<Program>>,
    /// Those that the thread has ended, with what they held, until the keeper takes note.
    ended: Vec<(u64, u64)>,
    /// Whether the keeper lets no program do anything.
    stand_still: bool,
    /// Whether the thread has let programs go on since the keeper looked.
    have_gone_on: bool,
}

/// A program that could be ended.
#[derive(Debug)]
struct Program {
    run: u64,
    tag: u64,
    first: Pid,
    /// Memory that it shares with its zygote, in bytes.
    shared_bytes: u64,
    /// What the last poll saw, in bytes: also what no process has mapped. Counts what several processes share several times.
    seen_bytes: u64,
    has_several: bool,
    user: Option<u32>,
    places: Vec<PathBuf>,
    memory: Option<Arc<SharedMemory>>,
}

/// The thread's side.
#[derive(Debug)]
struct Watch {
    free: FreeMemory,
    reserve: u64,
    processors: u64,
    last: Option<Victim>,
    /// Processes that stand still until there is memory.
    stopped: HashSet<Pid>,
    /// Programs that it has ended and the keeper may not have noted.
    killed: Vec<u64>,
    /// Whether no program can help.
    is_blameless: bool,
}

/// The program that was ended last.
#[derive(Debug)]
struct Victim {
    at: Instant,
    processes: Vec<Pid>,
}

impl Shortage {
    /// Starts a thread that keeps so many bytes free; none where that is 0, or free memory cannot be read.
    pub(super) fn watch(reserve: u64) -> Self {
        let shared = (reserve > 0).then(Arc::<Shared>::default);
        let shared = shared.filter(|shared| {
            let begun = Watch::new(reserve).and_then(|watch| {
                let shared = Arc::clone(shared);
                let thread = thread::Builder::new().name("shortage".to_owned());
                thread.spawn(move || watch.run(&shared))
            });
            let begun = begun.inspect_err(|error| {
                say(&format!("free memory cannot be watched: {error}"));
            });
            begun.is_ok()
        });
        Self {
            shared,
            known_at: None,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Programs> {
        // Nothing panics while it is held.
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is a program.
    fn wait_for_programs(&self) {
        let is_idle = |programs: &mut Programs| programs.running.is_empty();
        drop(self.changed.wait_while(self.lock(), is_idle));
    }
}

impl Keeper {
    /// Takes note of programs that were ended for lack of memory, and lets the thread know of those that there are.
    pub(super) fn attend_shortage(&mut self) {
        let Some(shared) = &self.shortage.shared else {
            return;
        };
        let (ended, have_gone_on, known) = {
            let mut programs = shared.lock();
            programs.stand_still = self.stands_still;
            let have_gone_on = std::mem::take(&mut programs.have_gone_on);
            (
                std::mem::take(&mut programs.ended),
                have_gone_on,
                programs.running.len(),
            )
        };
        if have_gone_on && self.stands_still {
            for run in self.runs.iter().filter(|run| run.is_running()) {
                self.family.stop_all(run.tag);
            }
        }
        for (number, bytes) in ended {
            if let Some(run) = self.runs.iter_mut().find(|run| run.number == number) {
                run.end_for_host_memory(bytes, &mut self.family);
            }
        }
        let running = self.runs.iter().filter(|run| run.is_running());
        let polled_at = Some(self.census.looked_at());
        if self.shortage.known_at == polled_at && running.clone().count() == known {
            return;
        }
        self.shortage.known_at = polled_at;
        let running = Arc::new(running.map(|run| Program::of(run, &self.census)).collect());
        let before = std::mem::replace(&mut shared.lock().running, running);
        shared.changed.notify_one();
        drop(before);
    }
}

impl Program {
    fn of(run: &Run, census: &Census) -> Self {
        let (usage, known) = (census.usage(run.tag), run.known());
        let has_several = usage.tasks > 1;
        Self {
            run: run.number,
            tag: run.tag,
            first: run.pid,
            shared_bytes: known.shared_bytes,
            seen_bytes: usage.memory_bytes,
            has_several,
            user: known.owner.user,
            places: if has_several {
                known.owner.places.to_vec()
            } else {
                Vec::new()
            },
            memory: run.memory(),
        }
    }

    /// What it holds now. Counts what several processes share several times.
    fn quick_bytes(&self) -> u64 {
        let first = memory::anonymous(self.first);
        self.seen_bytes.max(first.saturating_sub(self.shared_bytes))
    }

    /// What it holds, where several processes may share it.
    fn exact_bytes(&self, quick: u64, family: &mut Family) -> u64 {
        let processes = if self.has_several {
            family.of(self.tag)
        } else {
            Vec::new()
        };
        if processes.len() <= 1 {
            return quick;
        }
        let owner = Owner {
            user: self.user,
            places: &self.places,
            memory: self.memory.as_deref(),
        };
        let patience = Patience::for_at_most(MEASURE_TIMEOUT);
        memory::exact(&processes, owner, &patience).unwrap_or(quick)
    }
}

impl Watch {
    fn new(reserve: u64) -> std::io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            free: FreeMemory::find()?,
            reserve,
            processors: processors as u64,
            last: None,
            stopped: HashSet::new(),
            killed: Vec::new(),
            is_blameless: false,
        })
    }

    fn run(mut self, shared: &Shared) {
        // Of this thread alone, and refused in a container. Without it a check comes a few milliseconds late when sixty programs
        // have much to do.
        let _ = setpriority_process(None, NICENESS);
        loop {
            shared.wait_for_programs();
            let pause = match self.check(shared) {
                Ok(pause) => pause,
                Err(error) => {
                    self.go_on(shared);
                    say(&format!("free memory can no longer be watched: {error}"));
                    return;
                }
            };
            thread::sleep(pause);
        }
    }

    /// Ends a program when less is free than the reserve; returns when to check again.
    fn check(&mut self, shared: &Shared) -> std::io::Result<Duration> {
        let free = self.free.bytes()?;
        if free >= self.reserve {
            self.is_blameless = false;
            self.go_on(shared);
            return Ok(self.interval(free));
        }
        if !self.is_blameless {
            stop_first_processes(&shared.lock().running);
        }
        // Up to here nothing took memory, or a lock that a thread without a turn may have.
        let _at_work = at_work();
        let programs = Arc::clone(&shared.lock().running);
        let mut family = Family::new();
        if !self.is_blameless {
            self.stop(&programs, &mut family);
        }
        if let Some(victim) = &self.last {
            let are_released = victim.processes.iter().map(|pid| release_memory(*pid));
            let is_left = !are_released.fold(true, |all, one| all & one);
            if self.is_settling(victim.at.elapsed(), is_left, free) {
                return Ok(CHECK_INTERVAL);
            }
        }
        self.killed
            .retain(|run| programs.iter().any(|program| program.run == *run));
        let alive = programs
            .iter()
            .filter(|program| !self.killed.contains(&program.run));
        let largest = largest(alive, &mut family);
        let Some((program, bytes)) = largest.filter(|(_, bytes)| *bytes >= MIN_VICTIM) else {
            self.go_on(shared);
            if !std::mem::replace(&mut self.is_blameless, true) {
                say("memory is short, and no program holds much of it");
            }
            return Ok(BLAMELESS_CHECK_INTERVAL);
        };
        // First, for the keeper notices the end at once.
        shared.lock().ended.push((program.run, bytes));
        let processes = family.kill_all(program.tag);
        for pid in &processes {
            // Tried again at the next check.
            release_memory(*pid);
        }
        self.killed.push(program.run);
        self.last = Some(Victim {
            at: Instant::now(),
            processes,
        });
        say(&format!(
            "{} MB of memory were free; ended program {}, which held the most: {} MB",
            free >> 20,
            program.run,
            bytes >> 20
        ));
        Ok(Duration::ZERO)
    }

    /// Stops all processes of programs that have several, and remembers what stands still.
    fn stop(&mut self, programs: &[Program], family: &mut Family) {
        for program in programs {
            self.stopped.insert(program.first);
            if program.has_several {
                self.stopped.extend(family.stop_all(program.tag));
            }
        }
    }

    fn go_on(&mut self, shared: &Shared) {
        if self.stopped.is_empty() {
            return;
        }
        let mut programs = shared.lock();
        if !programs.stand_still {
            for pid in &self.stopped {
                // One that has ended needs none.
                let _ = kill_process(*pid, Signal::CONT);
            }
            programs.have_gone_on = true;
        }
        drop(programs);
        self.stopped.clear();
    }

    /// How long programs take at least to bring `free` bytes down to the reserve.
    fn interval(&self, free: u64) -> Duration {
        let room = free.saturating_sub(self.reserve);
        let growth_per_ms = GROWTH_PER_SECOND / 1000 * self.processors;
        Duration::from_millis(room / growth_per_ms).clamp(CHECK_INTERVAL, MAX_CHECK_INTERVAL)
    }

    /// Whether memory may yet come from the program that was ended so long ago, of which some `is_left`.
    fn is_settling(&self, since: Duration, is_left: bool, free: u64) -> bool {
        if is_left {
            since < END_TIMEOUT
        } else {
            // Files that it had in memory go a moment later, unless there is no time for that.
            since < SETTLE_TIME && free >= self.reserve / 2
        }
    }
}

/// Stops the first process of each program, which of most is all there is.
fn stop_first_processes(programs: &[Program]) {
    for program in programs {
        // One that has ended needs none.
        let _ = kill_process(program.first, Signal::STOP);
    }
}

/// The program that holds the most memory, and how much that is.
fn largest<'a>(
    programs: impl Iterator<Item = &'a Program>,
    family: &mut Family,
) -> Option<(&'a Program, u64)> {
    let mut sizes: Vec<_> = programs
        .map(|program| (program, program.quick_bytes()))
        .collect();
    sizes.sort_by_key(|(_, bytes)| Reverse(*bytes));
    let mut largest = None;
    for (program, quick) in sizes {
        if largest.is_some_and(|(_, most)| most >= quick) {
            break;
        }
        let bytes = program.exact_bytes(quick, family);
        if largest.is_none_or(|(_, most)| bytes > most) {
            largest = Some((program, bytes));
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn watch() -> Watch {
        Watch {
            processors: 2,
            ..Watch::new(64 * MB).unwrap()
        }
    }

    #[test]
    fn checks_come_sooner_the_less_is_free() {
        let watch = watch();
        assert_eq!(watch.interval(0), CHECK_INTERVAL);
        assert_eq!(watch.interval(90 * MB), CHECK_INTERVAL);
        assert_eq!(watch.interval(64 * MB + (1 << 30)).as_millis(), 125);
        assert_eq!(watch.interval(100 << 30), MAX_CHECK_INTERVAL);
    }

    #[test]
    fn the_next_program_ends_only_if_one_was_not_enough() {
        let watch = watch();
        let just = Duration::ZERO;
        assert!(watch.is_settling(just, true, 0));
        assert!(watch.is_settling(just, false, 40 * MB));
        assert!(!watch.is_settling(just, false, 20 * MB));
        assert!(!watch.is_settling(SETTLE_TIME, false, 40 * MB));
        assert!(!watch.is_settling(END_TIMEOUT, true, 0));
    }

    #[test]
    fn the_largest_is_found_by_what_the_poll_saw_and_what_it_holds_now() {
        let own = rustix::process::getpid();
        let program = |run, seen_bytes, shared_bytes| Program {
            run,
            tag: 1,
            first: own,
            shared_bytes,
            seen_bytes,
            has_several: false,
            user: None,
            places: Vec::new(),
            memory: None,
        };
        let mut family = Family::new();
        let found = |programs: &[Program], family: &mut Family| {
            largest(programs.iter(), family).map(|(program, bytes)| (program.run, bytes))
        };
        assert_eq!(found(&[], &mut family), None);
        let idle = program(1, 5 * MB, u64::MAX);
        let has_files = program(2, 900 * MB, u64::MAX);
        let mut programs = [idle, has_files, program(3, 0, 0)];
        assert_eq!(found(&programs, &mut family), Some((2, 900 * MB)));
        let [_, has_files, _] = &mut programs;
        has_files.seen_bytes = 0;
        let held = vec![1_u8; 40 << 20];
        let now = found(&programs, &mut family);
        assert!(
            matches!(now, Some((3, bytes)) if bytes > 30 * MB),
            "{now:?}"
        );
        drop(held);
    }

    #[test]
    fn a_reserve_of_nothing_watches_nothing() {
        assert!(Shortage::watch(0).shared.is_none());
    }
}
