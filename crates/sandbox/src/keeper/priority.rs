//! When the priority of a program is lowered, and by how much; `nice` does it.

use rustix::process::Pid;

use super::{
    Exit,
    family::Family,
    nice::{self, Step},
    system::say,
    usage::Usage,
};
use crate::Identity;

/// Processor time in milliseconds after which a program makes way for others, at two steps; they begin nicer than the
/// servers (`confine.py`).
const MAKES_WAY: [(u64, Step); 2] = [(100, Step::Nice(13)), (2_000, Step::Idle)];

/// A program of more processes or threads than that takes the last step at once.
const MANY: usize = 8;

/// The priority of one program, which only falls.
#[derive(Debug)]
pub(super) struct Priority {
    tag: u64,
    identity: Option<Identity>,
    steps_back: usize,
    /// The child that lowers it at this moment.
    lowering: Option<Pid>,
    has_failed: bool,
}

impl Priority {
    pub(super) const fn new(tag: u64, identity: Option<Identity>) -> Self {
        Self {
            tag,
            identity,
            steps_back: 0,
            lowering: None,
            has_failed: false,
        }
    }

    /// Lowers a program of many processes at once.
    pub(super) fn lower_if_many(&mut self, family: &mut Family) {
        if self.steps_back < MAKES_WAY.len() && family.first_of(self.tag, MANY + 1).len() > MANY {
            self.step_back(MAKES_WAY.len(), family);
        }
    }

    /// Lowers a program that has used much processor time.
    pub(super) fn lower_by_use(&mut self, usage: &Usage, family: &mut Family) {
        let steps = if usage.tasks > MANY as u64 {
            MAKES_WAY.len()
        } else {
            MAKES_WAY.partition_point(|(used_ms, _)| usage.cpu_ms >= *used_ms)
        };
        // A process that was just being forked may have missed the step before.
        let last = self
            .steps_back
            .checked_sub(1)
            .and_then(|last| MAKES_WAY.get(last));
        let is_behind = last.is_some_and(|(_, step)| {
            usage
                .least_nice
                .is_some_and(|least| least < step.niceness())
        });
        if steps > self.steps_back || is_behind {
            self.step_back(steps.max(self.steps_back), family);
        }
    }

    /// Takes note that a child has ended, if that lowered this program.
    pub(super) fn was_lowered(&mut self, child: Pid, exit: Exit) -> bool {
        let is_it = self.lowering == Some(child);
        if is_it {
            self.lowering = None;
            // It is tried again at the next poll, and logged once.
            if exit != Exit::Code(0) && !self.has_failed {
                self.has_failed = true;
                say("the system did not allow the priority of a program to be lowered");
            }
        }
        is_it
    }

    fn step_back(&mut self, steps: usize, family: &mut Family) {
        let Some((_, step)) = MAKES_WAY.get(steps - 1).filter(|_| self.lowering.is_none()) else {
            return;
        };
        match nice::begin_to_lower(family, self.tag, self.identity, *step) {
            Ok(child) => {
                self.lowering = Some(child);
                self.steps_back = steps;
            }
            Err(error) => say(&format!(
                "the priority of a program cannot be lowered: {error}"
            )),
        }
    }
}
