//! A real memory cgroup with a limit, for a product that is started in it. Either version will do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, pidfd_open},
};

/// Where version 1 is mounted, and where version 2 is.
const ONE: &str = "/sys/fs/cgroup/memory";
const TWO: &str = "/sys/fs/cgroup";

/// Enters the group and becomes the command.
const SCRIPT: &str = r#"echo $$ > "$0/cgroup.procs" && exec "$@""#;

/// What the names of all begin with; the number of the process that made it follows.
const NAME: &str = "pythonide-test-";

/// Groups of this process, each with a name of its own.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A group, removed with this value. The processes in it must have been asked to end before.
#[derive(Debug)]
pub struct MemoryGroup {
    folder: PathBuf,
    is_version_1: bool,
}

impl MemoryGroup {
    /// Makes one that may have so many bytes; `None`, which is printed, where this machine or this user cannot.
    #[expect(clippy::print_stdout, reason = "a test that tries nothing says so")]
    pub fn make(bytes: u64) -> Option<Self> {
        let made = Self::try_make(bytes);
        if let Err(why) = &made {
            println!("skipped: this machine makes no memory cgroups ({why})");
        }
        made.ok()
    }

    fn try_make(bytes: u64) -> Result<Self, String> {
        let is_version_1 = Path::new(ONE).join("memory.limit_in_bytes").exists();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{NAME}{}-{number}", std::process::id());
        let parent = if is_version_1 { ONE } else { TWO };
        remove_left_behind(Path::new(parent));
        let group = Self {
            folder: Path::new(parent).join(name),
            is_version_1,
        };
        let failed = |error: std::io::Error| format!("{}: {error}", group.folder.display());
        fs::create_dir(&group.folder).map_err(failed)?;
        if is_version_1 {
            group.write("memory.limit_in_bytes", bytes)?;
        } else {
            group.write("memory.max", bytes)?;
            // A kernel without swap does not have it.
            if group.folder.join("memory.swap.max").exists() {
                group.write("memory.swap.max", 0)?;
            }
        }
        Ok(group)
    }

    fn write(&self, name: &str, number: u64) -> Result<(), String> {
        let path = self.folder.join(name);
        fs::write(&path, number.to_string()).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The same command, in this group.
    pub(crate) fn with(&self, command: &Command) -> Command {
        let mut within = Command::new("/bin/sh");
        within
            .args(["-c", SCRIPT])
            .arg(&self.folder)
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear();
        let environment = command.get_envs();
        within.envs(environment.filter_map(|(name, value)| Some((name, value?))));
        within.current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
        within
    }

    /// Bytes that can be taken before the kernel ends processes, of which all page cache is taken to be one part.
    pub fn free(&self) -> u64 {
        let (limit, usage, prefix) = if self.is_version_1 {
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
        } else {
            ("memory.max", "memory.current", "")
        };
        let number = |name| self.read(name).trim().parse::<u64>().unwrap();
        let caches = ["inactive_file", "active_file"]
            .map(|name| self.value("memory.stat", &format!("{prefix}{name}")))
            .iter()
            .sum::<u64>();
        (number(limit) + caches).saturating_sub(number(usage))
    }

    /// How many processes in it the kernel has ended because there was no memory left.
    pub fn killed(&self) -> u64 {
        let name = if self.is_version_1 {
            "memory.oom_control"
        } else {
            "memory.events"
        };
        self.value(name, "oom_kill")
    }

    fn value(&self, file: &str, name: &str) -> u64 {
        let text = self.read(file);
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let (_, value) = lines.find(|(found, _)| *found == name).unwrap();
        value.parse().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }
}

/// Removes what tests that were killed have left.
fn remove_left_behind(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let maker = name
            .strip_prefix(NAME)
            .and_then(|rest| rest.split('-').next()?.parse().ok());
        if maker.is_some_and(|maker| !crate::processes::is_alive(maker)) {
            // One in which something still runs stays.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        let left = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        for pid in left
            .lines()
            .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
        {
            // One that has ended meanwhile is not waited for.
            if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
                let _ = poll(&mut [PollFd::new(&process, PollFlags::IN)], None);
            }
        }
        let removed = fs::remove_dir(&self.folder);
        assert!(
            removed.is_ok() || std::thread::panicking(),
            "{} is left: {removed:?}",
            self.folder.display()
        );
    }
}
