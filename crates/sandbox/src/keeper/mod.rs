//! The process that holds all programs of a host: starts them confined, watches them, ends them.
//!
//! The host starts the hidden command `pythonide keeper` with a socket as its standard input, on which [`Order`]s
//! come in and [`Report`]s go out. The keeper starts *zygotes* (`zygote`), whose children confine themselves as the
//! [`Policy`](crate::Policy) says; the keeper lets a child go on to the student's code when the kernel confirms that it is
//! confined (`inspect`). It finds all processes of a program by their tag (`family`), whoever their parent is now,
//! and ends all of them when told to, when a limit is met, or when the program's first process has ended. When the
//! socket ends, the host is gone, and the programs go too: nothing of a student's outlives the host.
//!
//! One thread, which waits in `poll`, and in a look at a process until that one has changed its memory; and another that
//! ends programs when memory runs out (`shortage`).

mod becoming;
mod census;
mod effort;
mod exact;
mod family;
mod forks;
mod held;
mod limits;
mod locks;
mod memory;
mod messages;
mod nice;
mod priority;
mod run;
mod shortage;
mod stat;
mod system;
mod usage;
mod zygote;

use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, OwnedFd},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Signal, WaitOptions, set_child_subreaper},
};

use crate::{LayerError, Warmth, landlock::Places, namespaces, packets};
use effort::Effort;
pub use messages::{Ended, Equipment, Exit, Limit, Order, PoolState, Report};
use run::{Run, Waiting};
use system::{monotonic_ms, say, wait_for_any};
use zygote::Zygote;

/// Between two looks at programs that work; those that wait are looked at less and less often.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Between two looks at programs that wait.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_secs(1);
/// How long a start waits for a zygote's child.
const CHILD_WITHIN: Duration = Duration::from_secs(30);
/// Children that wait to become programs, of zygotes of each kind. Programs come from the first kind that there is: the
/// light one stands in while the packages are being loaded, or cannot be.
const AHEAD: [(Warmth, usize); 2] = [(Warmth::Full, 2), (Warmth::Light, 0)];

/// Keeps programs until the host closes its end of the socket.
///
/// # Errors
/// When that socket fails, or the first order is not to begin.
pub fn run() -> io::Result<()> {
    let control = rustix::io::dup(rustix::stdio::stdin())?;
    let Some((Order::Begin(equipment), _)) = packets::receive(&control)? else {
        return Err(io::Error::other("the first order was not to begin"));
    };
    if equipment.namespaces {
        namespaces::enter().map_err(io::Error::other)?;
    } else {
        set_child_subreaper(Some(rustix::process::getpid()))?;
        family::end_left_behind();
    }
    // After the namespaces, for which a process needs its own files in /proc.
    crate::service::hide()?;
    let everybody = becoming::open_places(&equipment);
    let shortage = shortage::Shortage::watch(equipment.memory_reserve_bytes);
    let mut keeper = Keeper {
        control,
        everybody: everybody.map_err(io::Error::other)?,
        equipment: *equipment,
        zygotes: AHEAD
            .iter()
            .map(|(warmth, ahead)| Zygote::new(*warmth, *ahead))
            .collect(),
        waiting: VecDeque::new(),
        runs: Vec::new(),
        census: census::Census::new(),
        family: family::Family::new(),
        tags: family::Tags::new(),
        next_look: Instant::now(),
        pause: LOOK_EVERY,
        told_pool: Vec::new(),
        shortage,
        live_until_ms: 0,
        stands_still: true,
    };
    let outcome = keeper.keep();
    keeper.end_everything();
    outcome
}

struct Keeper {
    control: OwnedFd,
    equipment: Equipment,
    /// What every program may reach.
    everybody: Places,
    zygotes: Vec<Zygote>,
    /// Programs to start for which there is no child yet.
    waiting: VecDeque<Waiting>,
    runs: Vec<Run>,
    census: census::Census,
    family: family::Family,
    tags: family::Tags,
    next_look: Instant,
    pause: Duration,
    told_pool: Vec<PoolState>,
    shortage: shortage::Shortage,
    /// Until when programs may do anything.
    live_until_ms: u64,
    /// Whether none may, and all have been stopped.
    stands_still: bool,
}

/// What the keeper wakes up for.
#[derive(Debug, Clone, Copy)]
enum Source {
    Control,
    ZygoteSays(usize),
    ZygotePrints(usize),
    Run(usize),
}

impl Keeper {
    fn keep(&mut self) -> io::Result<()> {
        loop {
            self.start_those_that_wait()?;
            let next = self.tend();
            self.tell_pool()?;
            let mut is_over = false;
            for source in self.wait(next)? {
                match source {
                    Source::Control => is_over |= !self.obey()?,
                    Source::ZygoteSays(index) => {
                        if let Some(zygote) = self.zygotes.get_mut(index) {
                            zygote.hear();
                        }
                    }
                    Source::ZygotePrints(index) => {
                        if let Some(zygote) = self.zygotes.get(index) {
                            zygote.pass_on();
                        }
                    }
                    Source::Run(index) => self.hear_run(index)?,
                }
            }
            if is_over {
                return Ok(());
            }
            self.reap();
            self.stand_still_or_go_on();
            self.look()?;
            self.attend_shortage();
            self.finish()?;
        }
    }

    /// Stops all programs when their time is over, and lets them go on when there is more.
    fn stand_still_or_go_on(&mut self) {
        let is_over = self.live_until_ms <= monotonic_ms();
        if is_over == self.stands_still {
            return;
        }
        self.stands_still = is_over;
        for run in self.runs.iter().filter(|run| !run.is_ending()) {
            if is_over {
                self.family.stop_all(run.tag);
            } else {
                self.family.signal_all(run.tag, Signal::CONT);
            }
        }
    }

    /// Tends the zygotes; returns when something is due next.
    fn tend(&mut self) -> Instant {
        let mut next = self.next_look;
        if !self.stands_still {
            let left_ms = self.live_until_ms.saturating_sub(monotonic_ms());
            // A look comes sooner than what is further away.
            next = next.min(Instant::now() + Duration::from_millis(left_ms.min(60_000)));
        }
        let mut is_wanted = !self.waiting.is_empty();
        for zygote in &mut self.zygotes {
            let due = zygote.tend(&self.equipment, &mut self.tags, is_wanted);
            next = next.min(due.unwrap_or(next));
            is_wanted &= !zygote.is_promising();
        }
        let due = self.runs.iter().filter_map(Run::due);
        due.chain(self.waiting.iter().map(|waiting| waiting.due))
            .fold(next, Instant::min)
    }

    fn wait(&self, until: Instant) -> io::Result<Vec<Source>> {
        let mut sources = vec![(Source::Control, &self.control)];
        for (index, zygote) in self.zygotes.iter().enumerate() {
            if let Some([socket, terminal]) = zygote.descriptors() {
                sources.push((Source::ZygoteSays(index), socket));
                sources.push((Source::ZygotePrints(index), terminal));
            }
        }
        for (index, run) in self.runs.iter().enumerate() {
            if let Some(descriptor) = run.descriptor() {
                sources.push((Source::Run(index), descriptor));
            }
        }
        let mut waiting: Vec<_> = sources
            .iter()
            .map(|(_, descriptor)| PollFd::from_borrowed_fd(descriptor.as_fd(), PollFlags::IN))
            .collect();
        let pause = until.saturating_duration_since(Instant::now());
        let pause = Timespec::try_from(pause).map_err(io::Error::other)?;
        match poll(&mut waiting, Some(&pause)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(sources
            .iter()
            .zip(&waiting)
            .filter(|(_, waited)| !waited.revents().is_empty())
            .map(|((source, _), _)| *source)
            .collect())
    }

    /// Carries out an order; returns whether the host is still there.
    fn obey(&mut self) -> io::Result<bool> {
        let Some((order, descriptors)) = packets::receive(&self.control)? else {
            return Ok(false);
        };
        match order {
            Order::Begin(_) => return Err(io::Error::other("begun twice")),
            Order::Start {
                run,
                policy,
                instead_of,
            } => {
                let descriptors = descriptors.try_into().map_err(|_| {
                    io::Error::other("a program needs a terminal and a socket of its events")
                })?;
                self.waiting.push_back(Waiting {
                    run,
                    policy,
                    instead_of,
                    descriptors,
                    due: Instant::now() + CHILD_WITHIN,
                });
                // So that one that is over its limits at once is found out.
                self.pause = LOOK_EVERY;
                self.next_look = self.next_look.min(Instant::now() + LOOK_EVERY);
            }
            Order::Interrupt { run } => {
                if let Some(run) = self.runs.iter().find(|held| held.number == run) {
                    run.interrupt(&mut self.family);
                    self.next_look = Instant::now() + LOOK_EVERY;
                }
            }
            Order::Terminate { run } => {
                if let Some(run) = self.runs.iter_mut().find(|held| held.number == run) {
                    run.terminate(&mut self.family);
                }
            }
            Order::LiveUntil { monotonic_ms } => self.live_until_ms = monotonic_ms,
            Order::Kill { run } => {
                if let Some(run) = self.runs.iter_mut().find(|held| held.number == run) {
                    run.end(&mut self.family);
                } else if let Some(at) = self.waiting.iter().position(|held| held.run == run) {
                    self.waiting.remove(at);
                    self.failed(run, LayerError::new("zygote", &"stopped before it began"))?;
                }
            }
        }
        Ok(true)
    }

    fn start_those_that_wait(&mut self) -> io::Result<()> {
        for waiting in std::mem::take(&mut self.waiting) {
            if !self.start(&waiting)? {
                self.waiting.push_back(waiting);
            }
        }
        Ok(())
    }

    /// Starts a program if there is a child for it; returns whether that is settled.
    fn start(&mut self, waiting: &Waiting) -> io::Result<bool> {
        let Some(zygote) = self.zygotes.iter_mut().find(|zygote| zygote.is_promising()) else {
            if waiting.due <= Instant::now() {
                let error = LayerError::new("zygote", &"the class's Python does not answer");
                self.failed(waiting.run, error)?;
                return Ok(true);
            }
            return Ok(false);
        };
        let baseline = zygote.baseline();
        while let Some(parked) = zygote.take() {
            match Run::begin(waiting, parked, baseline, &self.everybody) {
                Ok(run) => {
                    self.runs.push(run);
                    return Ok(true);
                }
                // That child is gone; the next may be there.
                Err(error) if error.layer == "zygote" => say(&error.to_string()),
                Err(error) => {
                    self.failed(waiting.run, error)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn hear_run(&mut self, index: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(index) else {
            return Ok(());
        };
        if run.is_confining() {
            match run.hear() {
                Ok(()) => self.let_go(index),
                Err(error) => self.give_up(index, error),
            }
        } else {
            // Its first process has ended, and so does all that it has left.
            run.end(&mut self.family);
            Ok(())
        }
    }

    /// Lets a confined program go on to the student's code, if the one before it can do nothing more.
    fn let_go(&mut self, index: usize) -> io::Result<()> {
        let Some(run) = self.runs.get(index).filter(|run| run.is_confined()) else {
            return Ok(());
        };
        if self.stands_still {
            return Ok(());
        }
        let before = run.instead_of;
        let mut others = self.runs.iter();
        if others.any(|other| Some(other.number) == before && !other.is_doomed(&mut self.family)) {
            return Ok(());
        }
        // Told first, so that those who wait for the word work while the program does.
        self.report(&Report::Started { run: run.number })?;
        if let Some(run) = self.runs.get_mut(index) {
            self.census.begins(run.pid);
            run.let_go();
        }
        Ok(())
    }

    /// Ends one that cannot become a program.
    fn give_up(&mut self, index: usize, error: LayerError) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(index) else {
            return Ok(());
        };
        run.fail(&mut self.family);
        let number = run.number;
        self.failed(number, error)
    }

    /// Collects all processes that have ended and that nobody else waits for.
    fn reap(&mut self) {
        while let Some((pid, exit, cpu_ms)) = wait_for_any() {
            self.family.reaped(pid);
            let is_known = self
                .runs
                .iter_mut()
                .any(|run| run.first_ended(pid, exit, cpu_ms) || run.was_lowered(pid, exit))
                || self.zygotes.iter_mut().any(|zygote| zygote.ended(pid));
            if !is_known {
                self.census.reaped(pid, cpu_ms);
            }
        }
    }

    fn look(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if now < self.next_look {
            return Ok(());
        }
        if self.runs.is_empty() {
            self.next_look = now + LOOK_AT_LEAST_EVERY;
            return Ok(());
        }
        for run in &mut self.runs {
            run.glance(&mut self.family);
        }
        let (runs, mut effort) = (&self.runs, Effort::default());
        let known = |tag| runs.iter().find(|run| run.tag == tag).map(Run::known);
        self.census.look(known);
        let (mut is_anyone_busy, mut working) = (false, Vec::new());
        // Whoever was measured longest ago comes first: there may not be time for all.
        self.runs.sort_by_key(Run::was_measured);
        for run in &mut self.runs {
            let usage = self.census.usage(run.tag);
            let is_busy = run.check(usage, &mut effort, &mut self.family);
            self.census.charge(run.tag, effort.take_spent());
            is_anyone_busy |= is_busy;
            if is_busy && run.is_to_be_told() {
                working.push(run.number);
            }
        }
        self.pause = if is_anyone_busy {
            LOOK_EVERY
        } else {
            (self.pause * 2).min(LOOK_AT_LEAST_EVERY)
        };
        self.next_look = now + self.pause;
        working
            .into_iter()
            .try_for_each(|run| self.report(&Report::Working { run }))
    }

    /// Tells of the runs of which nothing is left.
    fn finish(&mut self) -> io::Result<()> {
        let mut index = 0;
        while let Some(run) = self.runs.get_mut(index) {
            let now = Instant::now();
            let is_late = run.due().is_some_and(|due| due <= now);
            if is_late && run.is_confining() {
                let error = LayerError::new("zygote", &"a child did not confine itself");
                self.give_up(index, error)?;
                continue;
            }
            if is_late && run.is_confined() {
                let error = LayerError::new("zygote", &"the program before it did not end");
                self.give_up(index, error)?;
                continue;
            }
            if !run.is_gone(&mut self.family) {
                index += 1;
                continue;
            }
            let run = self.runs.remove(index);
            let ended = run.result(self.census.usage(run.tag));
            self.census.forget(run.tag);
            if !run.has_failed() {
                self.report(&Report::Ended {
                    run: run.number,
                    ended,
                })?;
            }
        }
        // Whoever waited for one of those may go on.
        (0..self.runs.len()).try_for_each(|index| self.let_go(index))
    }

    fn failed(&self, run: u64, error: LayerError) -> io::Result<()> {
        self.report(&Report::Failed { run, error })
    }

    fn tell_pool(&mut self) -> io::Result<()> {
        let states: Vec<_> = self.zygotes.iter().map(Zygote::state).collect();
        if states != self.told_pool {
            self.report(&Report::Pool(states.clone()))?;
            self.told_pool = states;
        }
        Ok(())
    }

    fn report(&self, report: &Report) -> io::Result<()> {
        match packets::send(&self.control, report, &[]) {
            // The host is gone, which the next look at the socket tells.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Ends all programs and waits until they are gone: whoever is left by its parent becomes a child
    /// of the keeper.
    fn end_everything(&mut self) {
        for zygote in &mut self.zygotes {
            zygote.end();
        }
        loop {
            for run in &mut self.runs {
                run.end(&mut self.family);
                run.is_gone(&mut self.family);
            }
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, _))) => self.family.reaped(pid),
                Ok(None) | Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }
}
