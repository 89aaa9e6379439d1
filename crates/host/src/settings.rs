//! What an operator can set about a host.

use std::path::PathBuf;

use clap::Args;
use hyper::Uri;
use pythonide_link::{LinkAddress, LinkAddresses, LinkKeySettings};
use pythonide_sandbox::Limits;

use crate::files::Usage;

/// Where a host finds things.
#[derive(Debug, Clone, Args)]
pub struct HostSettings {
    /// The folder of all students' files: a local folder, or where EFS is mounted.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    pub files: PathBuf,
    /// Where servers reach this host; several with commas between.
    #[arg(long, env = "IDE_LINK", value_name = "unix:PATH | tcp:ADDR:PORT")]
    pub link: LinkAddresses,
    /// Where servers elsewhere reach this host, if that is not what it listens at: tcp:10.0.1.5:7070. Of a host that listens
    /// at all addresses it is the one of this machine.
    #[arg(long, env = "IDE_LINK_ADVERTISE", value_name = "tcp:NAME:PORT")]
    pub advertise: Option<LinkAddress>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the words for help")]
    pub link_key: LinkKeySettings,
    /// A folder on a local disk for what need not last. Students must be able to traverse it.
    #[arg(long, env = "IDE_SCRATCH_DIR", value_name = "DIR")]
    pub scratch: PathBuf,
    /// The interpreter of the class, with its packages, readable by every student's uid.
    #[arg(
        long,
        env = "IDE_PYTHON",
        value_name = "PATH",
        default_value = "/usr/bin/python3"
    )]
    pub python: PathBuf,
    /// Where the agent of Amazon ECS is, which is asked not to stop the task while programs live. ECS says so itself.
    #[arg(long, env = "ECS_AGENT_URI", value_name = "URL")]
    pub ecs_agent: Option<Uri>,
    /// Starts even if nothing separates the students' programs: for one person at the own machine.
    #[arg(long, env = "IDE_ALLOW_UNSEPARATED")]
    pub allow_unseparated: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the words for help")]
    pub runs: RunSettings,
}

/// What a program may use up, and how many there may be.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits of a program")]
pub struct RunSettings {
    /// Processor seconds of one run. Waiting in input() costs none, so nobody is hurried.
    #[arg(long, env = "IDE_RUN_CPU_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub run_cpu_seconds: u64,
    /// Memory of one run in MB: room for pandas, and sixty of them at rest on a small machine.
    #[arg(long, env = "IDE_RUN_MEMORY_MB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(64..=65_536))]
    pub run_memory_mb: u64,
    /// Processes and threads of one run: enough for a pool, too few for a fork bomb.
    #[arg(long, env = "IDE_RUN_PROCESSES", default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..=4096))]
    pub run_processes: u64,
    /// What one run may print, in MB: more than anybody reads, less than a loop prints in a minute.
    #[arg(long, env = "IDE_RUN_OUTPUT_MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub run_output_mb: u64,
    /// The largest file a program can write, in MB.
    #[arg(long, env = "IDE_RUN_FILE_MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub run_file_mb: u64,
    /// What a student's files and a run's temporary ones may take together, in MB: a program that makes more is
    /// ended.
    #[arg(long, env = "IDE_HOME_MB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(1..=16_777_216))]
    pub home_mb: u64,
    /// How many files and folders those may be.
    #[arg(long, env = "IDE_HOME_FILES", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(100..=100_000_000))]
    pub home_files: u64,
    /// Days after which what was deleted is gone for good.
    #[arg(long, env = "IDE_TRASH_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub trash_days: u32,
    /// Files one process can have open.
    #[arg(long, env = "IDE_RUN_OPEN_FILES", default_value_t = 512, value_parser = clap::value_parser!(u64).range(64..=65_536))]
    pub run_open_files: u64,
    /// Programs at once on this host, prompts included.
    #[arg(long, env = "IDE_RUNS", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub runs: u16,
    /// Memory in MB that must be free for a program to start, on the machine and in the container; until then programs
    /// queue.
    #[arg(long, env = "IDE_FREE_MEMORY_MB", default_value_t = 192, value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    pub free_memory_mb: u64,
    /// Memory in MB that stays free. With less, the program that holds the most is ended, before the kernel ends any
    /// process. 0 ends none.
    #[arg(long, env = "IDE_RESERVE_MEMORY_MB", default_value_t = 128, value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    pub reserve_memory_mb: u64,
    /// Minutes that programs which live may go on after the host was asked to stop; files and new programs of those who
    /// have none go to another host at once, if there is one.
    #[arg(long, env = "IDE_DRAIN_MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1440))]
    pub drain_minutes: u64,
    /// Modules, with commas between, that are loaded before programs start, whether they import them or not; those not
    /// installed are left out.
    #[arg(
        long,
        env = "IDE_WARM_PACKAGES",
        value_name = "MODULES",
        default_value = "numpy,pandas,matplotlib.pyplot"
    )]
    pub warm_packages: String,
    /// Minutes after which a prompt that nobody looks at is ended; its output stays.
    #[arg(long, env = "IDE_IDLE_MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    pub idle_minutes: u64,
}

impl RunSettings {
    /// What one program may use up.
    pub fn limits(&self) -> Limits {
        Limits {
            cpu_seconds: self.run_cpu_seconds,
            memory_bytes: self.run_memory_mb << 20,
            processes: self.run_processes,
            file_bytes: self.run_file_mb << 20,
            open_files: self.run_open_files,
            nameless_bytes: self.home_mb << 20,
        }
    }

    /// Memory that must be free for a program to start, in bytes. A program is not started to be ended at once.
    pub(crate) fn free_memory_bytes(&self) -> u64 {
        self.free_memory_mb.max(self.reserve_memory_mb) << 20
    }

    /// What may be in a home, with a run's temporary files.
    pub(crate) fn home(&self) -> Usage {
        Usage {
            bytes: self.home_mb << 20,
            entries: self.home_files,
        }
    }

    /// The modules of `warm_packages`.
    pub fn warm_modules(&self) -> impl Iterator<Item = &str> {
        self.warm_packages
            .split(',')
            .map(str::trim)
            .filter(|module| !module.is_empty())
    }

    /// What one program may print, in bytes.
    pub fn output_bytes(&self) -> u64 {
        self.run_output_mb << 20
    }
}
