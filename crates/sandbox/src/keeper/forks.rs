//! Recognises a program that forks without end, by how its processes come.
//!
//! No single look can tell: a pool starts many processes at once, a build has many parents, and a script may start one
//! short process after the other. A fork bomb does one of these in look after look.

use std::time::Instant;

use super::LOOK_EVERY;
use crate::proc;

/// So many of the last [`LOOKS`] looks must have met a flood, or a tree at its limit.
const SUSPICIOUS: u32 = 3;
const LOOKS: u32 = 5;
/// New processes and threads of the whole machine in a second, of which a flood is the cause. A build makes fewer.
const MANY_NUMBERS: u64 = 300;
/// The same beside a chain, in which each process ends when it has forked the next: added up over the looks that met it, at
/// most so many for each, and every look forgets an eighth. So a chain is recognised by three looks in a row, and also one
/// that makes no more than 60 in a second, because its forks are dear or others compute.
const CHAIN_IN_A_LOOK: u64 = 200;
const CHAIN: u64 = 440;
/// New processes of one program that one look meets: at least so many, and this part of what it may have. One after the
/// other, as `subprocess.run` starts them, are one or two; and a pool of all that is allowed is complete in two looks.
const MANY_BORN: u64 = 8;
const PART_BORN: u64 = 8;
/// Of a program at its limit, one process of so many has children. In a pool it is one alone.
const ONE_PARENT_OF: u64 = 4;
/// So many have children also where the limit is low and a shell in a shell comes near it.
const MANY_PARENTS: u64 = 4;
/// This part of the limit may be free: where programs run as the host's own user, the host's threads have a share of it.
const PART_FREE: u64 = 8;

/// How the processes of a program have come since the look before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Births {
    /// Processes that were not there.
    pub(super) born: u64,
    /// Those among them whose parent has ended.
    pub(super) adopted: u64,
    /// Processes that have children, whenever those came.
    pub(super) parents: u64,
    /// Numbers that processes and threads have got, of this program or of another, by the second.
    pub(super) numbers: u64,
}

/// What was seen of one program in the last looks.
#[derive(Debug, Default)]
pub(super) struct ForkBomb {
    /// Looks that met a flood, or a tree at its limit; the last is the lowest bit.
    suspicious: u8,
    chain: u64,
}

impl ForkBomb {
    /// Takes note of a look at a program that has `tasks` processes and threads and may have `most`; returns whether it
    /// forks without end.
    pub(super) fn look(&mut self, births: Births, tasks: u64, most: u64) -> bool {
        let is_tree =
            births.parents.saturating_mul(ONE_PARENT_OF) >= tasks && births.parents >= MANY_PARENTS;
        let is_flood =
            births.born >= MANY_BORN.max(most / PART_BORN) && births.numbers >= MANY_NUMBERS;
        let is_suspicious = is_flood || is_tree && tasks >= most - most / PART_FREE;
        self.suspicious = self.suspicious << 1 | u8::from(is_suspicious);
        let seen = (self.suspicious & ((1 << LOOKS) - 1)).count_ones();
        self.chain -= self.chain / 8;
        if births.adopted > 0 {
            self.chain += births.numbers.min(CHAIN_IN_A_LOOK);
        }
        seen >= SUSPICIOUS || self.chain >= CHAIN || is_tree && tasks > most
    }
}

/// Counts the numbers that the kernel gives to new processes and threads.
#[derive(Debug)]
pub(super) struct Numbers {
    last: u64,
    asked: Instant,
}

impl Numbers {
    pub(super) fn now() -> Self {
        Self {
            last: last_number(),
            asked: Instant::now(),
        }
    }

    /// How many were given in a second since this was asked last; too few when they have begun again at the lowest.
    pub(super) fn in_a_second(&mut self) -> u64 {
        let before = std::mem::replace(self, Self::now());
        let given = self.last.checked_sub(before.last).unwrap_or(self.last);
        // Two looks may follow each other at once.
        let took = self.asked.duration_since(before.asked).max(LOOK_EVERY);
        given * 1000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The number that was given last (proc(5)).
fn last_number() -> u64 {
    let load = proc::read("/proc/loadavg").unwrap_or_default();
    let last = load.split_ascii_whitespace().next_back();
    last.and_then(|last| last.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = 64;

    fn is_bomb(looks: impl IntoIterator<Item = (Births, u64)>) -> bool {
        let mut bomb = ForkBomb::default();
        let mut looks = looks.into_iter();
        looks.any(|(births, tasks)| bomb.look(births, tasks, MOST))
    }

    fn births(born: u64, adopted: u64, parents: u64, numbers: u64) -> Births {
        Births {
            born,
            adopted,
            parents,
            numbers,
        }
    }

    #[test]
    fn a_tree_at_its_limit_a_flood_and_a_chain_are_bombs() {
        assert!(is_bomb([(births(0, 0, 30, 0), 60); 3]));
        assert!(is_bomb([(births(20, 0, 1, 1200), 40); 3]));
        assert!(is_bomb([(births(1, 1, 1, 1200), 2); 3]));
        assert!(is_bomb([(births(60, 0, 30, 1200), 65)]));
    }

    #[test]
    fn a_chain_that_not_every_look_meets_is_a_bomb() {
        let (met, missed) = ((births(1, 1, 1, 1200), 2), (births(0, 0, 0, 1200), 1));
        assert!(is_bomb([met, missed, met, missed, met]));
        assert!(!is_bomb([met, missed, missed, met, missed, missed, met]));
    }

    #[test]
    fn a_chain_of_dear_forks_is_a_bomb_and_a_few_orphans_are_none() {
        assert!(is_bomb([(births(1, 1, 1, 80), 2); 10]));
        assert!(!is_bomb([(births(1, 1, 1, 80), 2); 5]));
        assert!(!is_bomb([(births(1, 1, 1, 40), 20); 100]));
    }

    #[test]
    fn a_pool_a_sequence_and_a_build_are_none() {
        let starts = (births(63, 0, 1, 1800), 64);
        assert!(!is_bomb(
            [starts; 2]
                .into_iter()
                .chain([(births(0, 0, 1, 100), 64); 20])
        ));
        assert!(!is_bomb([(births(1, 0, 1, 1800), 2); 100]));
        assert!(!is_bomb([(births(9, 0, 9, 240), 30); 100]));
    }

    #[test]
    fn a_shell_in_a_shell_at_a_low_limit_is_none() {
        let mut bomb = ForkBomb::default();
        assert!(!(0..5).any(|_| bomb.look(births(0, 0, 2, 50), 4, 4)));
    }

    #[test]
    fn numbers_are_counted() {
        let mut numbers = Numbers::now();
        for _ in 0..5 {
            std::process::Command::new("true").status().unwrap();
        }
        // They took less than a second.
        assert!(numbers.in_a_second() >= 5);
    }
}
