//! Which processes a program has.
//!
//! Which program a process belongs to is told by its *tag*: a number that the program's first process
//! got as its limit of file locks (which Linux has kept since 2.4 without using it), that everything it
//! starts inherits, whoever its parent is, and that the filter of system calls keeps from being changed.
//!
//! Whoever is left by its parent becomes a child of the keeper. So a program is those of the keeper's children
//! that carry its tag and all that descends from them, and nothing is left of it when there is no such child: to
//! know that takes one file of `/proc`, however many processes others have.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::proc;

/// Tags are this and more.
const FIRST_TAG: u64 = 1 << 36;
/// How often what is left of a program that forks without end is looked for.
const ROUNDS: u32 = 100;
/// Whether `/proc` tells the children of a thread (proc(5): `CONFIG_PROC_CHILDREN`).
static CHILDREN_ARE_TOLD: LazyLock<bool> =
    LazyLock::new(|| Path::new("/proc/thread-self/children").exists());

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

/// The keeper's children and all that descends from them.
#[derive(Debug)]
pub(super) struct Family {
    keeper: Pid,
    /// The tags of children, which keep their numbers until they are waited for.
    tags: HashMap<Pid, u64>,
}

impl Family {
    /// That of this process.
    pub(super) fn new() -> Self {
        Self {
            keeper: rustix::process::getpid(),
            tags: HashMap::new(),
        }
    }

    /// Takes note that a child has ended and was waited for.
    pub(super) fn reaped(&mut self, child: Pid) {
        self.tags.remove(&child);
    }

    /// Whether anything is left of a program, if only a process that has ended and was not waited for.
    pub(super) fn has(&mut self, tag: u64) -> bool {
        !self.children_with(tag).is_empty()
    }

    /// The processes of a program, among them those that have ended and were not waited for.
    pub(super) fn of(&mut self, tag: u64) -> Vec<Pid> {
        self.first_of(tag, usize::MAX)
    }

    /// The processes of a program until there are `enough`: of a program of many that takes no longer than of one of few.
    pub(super) fn first_of(&mut self, tag: u64, enough: usize) -> Vec<Pid> {
        let mut found = self.children_with(tag);
        let mut seen: HashSet<Pid> = found.iter().copied().collect();
        let mut next = 0;
        while let Some(pid) = found.get(next)
            && found.len() < enough
        {
            // Meanwhile another's process may have got the number of one of these, which its parent waited for.
            let children = children_of(*pid).into_iter();
            let its = children.filter(|child| tag_of(*child) == Some(tag));
            found.extend(its.filter(|child| seen.insert(*child)));
            next += 1;
        }
        found
    }

    /// Sends `signal` to every process of a program.
    pub(super) fn signal_all(&mut self, tag: u64, signal: Signal) {
        for pid in self.of(tag) {
            // One that is gone needs none; and whatever else could be wrong with one, the others are next.
            let _ = kill_process(pid, signal);
        }
    }

    /// Stops every process of a program, and returns which; none of them can do anything about it.
    pub(super) fn stop_all(&mut self, tag: u64) -> Vec<Pid> {
        let mut stopped = 0;
        loop {
            let alive = self.of(tag);
            // What was forked while they were counted is stopped in the next round.
            if alive.len() <= stopped {
                return alive;
            }
            for pid in &alive {
                // One that is gone needs none.
                let _ = kill_process(*pid, Signal::STOP);
            }
            stopped = alive.len();
        }
    }

    /// Ends every process of a program, and returns which; of several, each is stopped first, so that nothing forks
    /// while they are counted.
    pub(super) fn kill_all(&mut self, tag: u64) -> Vec<Pid> {
        let mut alive = self.of(tag);
        if alive.len() > 1 {
            alive = self.stop_all(tag);
        }
        for pid in &alive {
            let _ = kill_process(*pid, Signal::KILL);
        }
        alive
    }

    /// The keeper's children that carry `tag`; where the kernel does not list children, all that do.
    fn children_with(&mut self, tag: u64) -> Vec<Pid> {
        if !*CHILDREN_ARE_TOLD {
            return all_that_carry(tag);
        }
        let mut found = Vec::new();
        for child in children_of(self.keeper) {
            let carried = self.tags.get(&child).copied();
            let Some(carried) = carried.or_else(|| tag_of(child)) else {
                continue;
            };
            self.tags.insert(child, carried);
            if carried == tag {
                found.push(child);
            }
        }
        found
    }
}

/// Not only those of students' uids: to whom a process's folder belongs, the process itself decides.
pub(super) fn all_processes() -> impl Iterator<Item = Pid> {
    numbers_in("/proc")
}

/// The tag that a process carries.
pub(super) fn tag_of(pid: Pid) -> Option<u64> {
    let limits = proc::read(format!("/proc/{pid}/limits")).ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max file locks"))?;
    // Soft, hard, unit. The soft one can be lowered by nobody either.
    let tag = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    (tag >= FIRST_TAG).then_some(tag)
}

/// Ends what keepers that are gone have left: where they had no namespaces their programs outlive them, and nobody else
/// limits those.
pub(super) fn end_left_behind() {
    let own = u64::from(rustix::process::getpid().as_raw_pid().unsigned_abs());
    let is_keeper = |pid: u64| {
        let words = proc::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split('\0').nth(1) == Some("keeper")
    };
    // One of this number was before: this process has started nothing yet.
    end_all_of(|keeper| keeper == own || !is_keeper(keeper));
}

/// Ends all that carry a tag of a keeper that `is_gone`.
fn end_all_of(is_gone: impl Fn(u64) -> bool) {
    for _ in 0..ROUNDS {
        let mut left = all_processes()
            .filter(|pid| {
                tag_of(*pid).is_some_and(|tag| is_gone(tag / FIRST_TAG)) && is_of_this_list(*pid)
            })
            .peekable();
        if left.peek().is_none() {
            return;
        }
        for pid in left {
            // It may have ended, or be another user's.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Whether a process has its number in this list of processes alone. One within a container counts keepers by other
/// numbers, and is that container's.
fn is_of_this_list(pid: Pid) -> bool {
    let status = proc::read(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    let is_dead = status.lines().any(|line| line.starts_with("State:\tZ"));
    numbers.is_some_and(|numbers| numbers.split_ascii_whitespace().count() == 1) && !is_dead
}

fn all_that_carry(tag: u64) -> Vec<Pid> {
    let processes = all_processes();
    processes.filter(|pid| tag_of(*pid) == Some(tag)).collect()
}

fn children_of(pid: Pid) -> Vec<Pid> {
    let threads = numbers_in(&format!("/proc/{pid}/task"));
    let mut children = Vec::new();
    for thread in threads {
        // Read to its end, for the kernel gives such a list page by page. A thread that has ended meanwhile has left
        // its children to another, or to the keeper.
        let told = fs::read_to_string(format!("/proc/{pid}/task/{thread}/children"));
        let told = told.unwrap_or_default();
        let numbers = told.split_ascii_whitespace();
        children.extend(numbers.filter_map(|number| Pid::from_raw(number.parse().ok()?)));
    }
    children
}

fn numbers_in(folder: &str) -> impl Iterator<Item = Pid> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    use rustix::process::{WaitOptions, set_child_subreaper, waitpid};

    use super::*;

    #[test]
    fn a_program_is_found_whole_also_what_its_first_process_has_left_behind() {
        set_child_subreaper(Some(rustix::process::getpid())).unwrap();
        let tag = Tags::new().next();
        // One beneath the first, one beneath that, and one whose parent is gone.
        let script = "sh -c 'sleep 20 & echo; wait' & (sleep 20 &); echo; exec sleep 20";
        let mut first = Command::new("prlimit")
            .args([&format!("--locks={tag}:{tag}"), "sh", "-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let told = first.stdout.take().unwrap();
        assert_eq!(BufReader::new(told).lines().take(2).count(), 2);
        let mut family = Family::new();
        let sorted = |mut pids: Vec<Pid>| {
            pids.sort_by_key(|pid| pid.as_raw_pid());
            pids
        };
        let found = sorted(family.of(tag));
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found, sorted(all_that_carry(tag)));
        assert!(family.has(tag) && !family.has(tag + 1));

        assert_eq!(sorted(family.kill_all(tag)), found);
        first.wait().unwrap();
        family.reaped(Pid::from_child(&first));
        // The others come to this process, one after another, as they end.
        while let Some(left) = family.of(tag).first().copied() {
            if waitpid(Some(left), WaitOptions::empty()).is_ok() {
                family.reaped(left);
            }
        }
        assert_eq!(all_that_carry(tag), []);
    }
    #[test]
    fn what_a_keeper_that_is_gone_has_left_is_ended_and_nothing_else() {
        // No process has such a number.
        let (gone, other) = (1 << 23, (1 << 23) + 1);
        let mut carry = [gone, other].map(|keeper| {
            let tag = FIRST_TAG * keeper + 1;
            Command::new("prlimit")
                .args([
                    &format!("--locks={tag}:{tag}"),
                    "sh",
                    "-c",
                    "echo; exec sleep 20",
                ])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        });
        for child in &mut carry {
            let told = child.stdout.take().unwrap();
            assert_eq!(BufReader::new(told).lines().take(1).count(), 1);
        }
        end_all_of(|keeper| keeper == gone);
        let [left, others] = &mut carry;
        assert!(!left.wait().unwrap().success());
        assert!(others.try_wait().unwrap().is_none());
        others.kill().unwrap();
        others.wait().unwrap();
    }
}
