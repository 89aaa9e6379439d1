//! Whether a process is confined as it should be, as the kernel tells it from outside.

use std::sync::OnceLock;

use rustix::process::Pid;

use crate::{Identity, LayerError, private::SharedMemory, proc, seccomp::FILTERS_OF_PROGRAMS};

/// Looks at `pid`, which says that it has confined itself, before it may run what a student wrote.
///
/// The code that confines runs within the process; what the kernel says of it afterwards is what
/// counts.
pub(crate) fn is_confined(
    pid: Pid,
    identity: Option<Identity>,
    memory: Option<&SharedMemory>,
) -> Result<(), LayerError> {
    let status = proc::read(format!("/proc/{pid}/status"))
        .map_err(|cause| LayerError::new("inspection", &cause))?;
    let field = |name: &str| field(&status, name);
    let Identity { uid, gid } = identity.unwrap_or_else(Identity::own);
    let four = |id: u32| [id; 4].map(|id| id.to_string()).join(" ");
    let none = "0".repeat(16);
    for (layer, name, expected) in [
        ("identity", "Uid", four(uid)),
        ("identity", "Gid", four(gid)),
        ("capabilities", "CapInh", none.clone()),
        ("capabilities", "CapPrm", none.clone()),
        ("capabilities", "CapEff", none.clone()),
        ("capabilities", "CapAmb", none),
        ("no_new_privs", "NoNewPrivs", "1".to_owned()),
        // 2 is a filter.
        ("seccomp", "Seccomp", "2".to_owned()),
        ("seccomp", "Seccomp_filters", filters()?),
        ("threads", "Threads", "1".to_owned()),
    ] {
        let seen = field(name);
        if seen.as_ref() != Some(&expected) {
            let cause = format!("{name} is {seen:?} and must be {expected:?}");
            return Err(LayerError::new(layer, &cause));
        }
    }
    if identity.is_some() && field("Groups").is_some_and(|groups| !groups.is_empty()) {
        return Err(LayerError::new("identity", &"groups are left"));
    }
    if let Some(memory) = memory {
        let failed = |cause: &dyn ToString| LayerError::new("mounts", &cause.to_string());
        if !memory.is_seen_by(pid).map_err(|cause| failed(&cause))? {
            return Err(failed(&"it sees another /dev/shm than its own"));
        }
    }
    Ok(())
}

fn field(status: &str, name: &str) -> Option<String> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(|value| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

/// How many filters of system calls a program has: those of this process, which a container brings along, and
/// its own.
fn filters() -> Result<String, LayerError> {
    static FILTERS: OnceLock<Option<String>> = OnceLock::new();
    let count = FILTERS.get_or_init(|| {
        let own = field(&proc::read("/proc/self/status").ok()?, "Seccomp_filters")?;
        Some((own.parse::<usize>().ok()? + FILTERS_OF_PROGRAMS).to_string())
    });
    count.clone().ok_or_else(|| {
        LayerError::new(
            "seccomp",
            &"the kernel does not tell how many filters there are",
        )
    })
}
