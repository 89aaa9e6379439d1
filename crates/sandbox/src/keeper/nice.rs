//! Programs that have used much of the processor step back behind those that have not.

use std::{
    collections::{HashMap, HashSet},
    fs, io, thread,
    time::Duration,
};

use rustix::{
    process::{Pid, getsid, getuid, setpriority_process, setpriority_user},
    thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

use super::{family::Family, system::at_work};
use crate::Identity;

/// How often a program's processes are looked for that were forked while others were lowered: of a hundred, hardly more
/// than twice.
const ROUNDS: u32 = 10;
/// Between two changes of groups by who is not root.
const BETWEEN_CHANGES: Duration = Duration::from_millis(110);

/// How far a program has stepped back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// So nice, from -20 to 19.
    Nice(i32),
    /// It has the processor when nobody else wants it, and everybody's new work has it at once. However many threads there
    /// are, they weigh little: of a hundred nice ones each still weighs 15 where a server weighs 1,024 (sched(7)).
    Idle,
}

impl Step {
    pub(super) const fn niceness(self) -> i32 {
        match self {
            Self::Nice(niceness) => niceness,
            Self::Idle => 19,
        }
    }
}

/// Begins to lower all processes of the program with this tag, of which there may be many, each in a group of its own;
/// returns the child that does, whose status is 0 when it could.
///
/// A user may lower its own processes without any capability, so a child does that as that user. Nobody waits for it: it
/// has the processor no sooner than those that it lowers.
pub(super) fn begin_to_lower(
    family: &mut Family,
    tag: u64,
    identity: Option<Identity>,
    step: Step,
) -> io::Result<Pid> {
    let _others_rest = at_work();
    #[expect(unsafe_code, reason = "std's fork runs its own code in the child")]
    // SAFETY: no other thread of this process holds a lock now, so the child may do all that its parent may.
    match unsafe { libc::fork() } {
        0 => {
            let done = lower(family, tag, identity, step);
            std::process::exit(i32::from(done.is_err()))
        }
        child => Pid::from_raw(child)
            .filter(|_| child > 0)
            .ok_or_else(io::Error::last_os_error),
    }
}

fn lower(family: &mut Family, tag: u64, identity: Option<Identity>, step: Step) -> io::Result<()> {
    let niceness = step.niceness();
    let mut groups = Groups::default();
    // While this is root, of whom the kernel takes any number of changes.
    for pid in family.first_of(tag, 1) {
        groups.lower(pid, niceness);
    }
    if let Some(Identity { uid, gid }) = identity {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        set_thread_groups(&[])?;
        set_thread_res_gid(gid, gid, gid)?;
        // The real one stays: what lowers all of a user's processes would lower this one too, behind all of them; and the
        // user could end it.
        let real = getuid();
        set_thread_res_uid(real, uid, real)?;
    }
    let mut lowered = HashSet::new();
    // What was forked meanwhile by one whose turn was yet to come has not stepped back, nor will what it starts.
    for _ in 0..ROUNDS {
        if let Some(Identity { uid, .. }) = identity {
            // All at once, and before they are looked for: until then all of them together leave hardly any time for that.
            setpriority_user(Uid::from_raw(uid), niceness)?;
        }
        let before = lowered.len();
        for pid in family.of(tag) {
            for task in tasks_of(pid).filter(|task| lowered.insert(*task)) {
                // One that has ended meanwhile needs no lowering.
                let _ = setpriority_process(Some(task), niceness);
                if step == Step::Idle {
                    be_idle(task);
                }
            }
            groups.lower(pid, niceness);
        }
        if lowered.len() == before {
            break;
        }
    }
    groups.lower_those_refused(niceness);
    Ok(())
}

/// The groups in which the kernel shares out the processor between sessions, if it does (sched(7), autogroup): how nice one
/// of the processes is then counts within its group alone, and groups are lowered apart.
#[derive(Debug, Default)]
struct Groups {
    lowered: HashSet<Option<Pid>>,
    refused: HashMap<Option<Pid>, Pid>,
}

impl Groups {
    /// Lowers the group of a process, if that is yet to be done.
    fn lower(&mut self, pid: Pid, niceness: i32) {
        let session = getsid(Some(pid)).ok();
        if self.lowered.contains(&session) {
            return;
        }
        let path = format!("/proc/{pid}/autogroup");
        match fs::write(path, niceness.to_string()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.refused.insert(session, pid);
            }
            // Done; or there are none, or the process has ended.
            _ => {
                self.refused.remove(&session);
                self.lowered.insert(session);
            }
        }
    }

    /// The kernel takes ten changes a second from those who are not root, and tells nobody when it takes the next.
    fn lower_those_refused(&mut self, niceness: i32) {
        for _ in 0..ROUNDS {
            let refused: Vec<Pid> = self.refused.values().copied().collect();
            if refused.is_empty() {
                return;
            }
            thread::sleep(BETWEEN_CHANGES);
            for pid in refused {
                self.lower(pid, niceness);
            }
        }
    }
}

fn tasks_of(pid: Pid) -> impl Iterator<Item = Pid> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    tasks.into_iter().flatten().flatten().filter_map(|task| {
        let number = task.file_name().to_str()?.parse().ok()?;
        Pid::from_raw(number)
    })
}

#[expect(unsafe_code, reason = "rustix has no function for it")]
fn be_idle(task: Pid) {
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: the system only reads the parameter.
    unsafe { libc::sched_setscheduler(task.as_raw_pid(), libc::SCHED_IDLE, &raw const none) };
}
