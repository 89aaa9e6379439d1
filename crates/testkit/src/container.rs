//! A container such as Fargate's, made of this machine's own root by runc.
//!
//! The root is read only but for the data folder; the network and the users are the machine's. Docker's
//! own filter of system calls is the one that Debian packages: podman's lets namespaces be made and
//! would give false hope. The control groups are mounted read only before runc sees them, so that the
//! container stays in the caller's and none is made.

use std::{os::unix::fs::DirBuilderExt, path::Path, process::Command};

use serde_json::{Value, json};

/// Docker's filter, of Debian's `golang-github-docker-docker-dev`.
pub const DOCKER_FILTER: &str =
    "/usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json";
/// What makes containers, of Debian's `runc`.
pub const RUNC: &str = "/usr/sbin/runc";

/// Docker's capabilities, which are Fargate's.
const CAPABILITIES: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];
/// What kernels of 2020 do not know.
const NEWER_CALLS: [&str; 6] = [
    "landlock_create_ruleset",
    "landlock_add_rule",
    "landlock_restrict_self",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
];
const ENOSYS: u32 = 38;
/// What runc needs, in the data folder.
const BUNDLE: &str = "container";

/// Mounts what the container needs, where nobody else sees it, and becomes runc.
const SCRIPT: &str = r#"set -e
for group in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    mountpoint -q "$group" && mount -o remount,bind,ro "$group"
done
mount --bind / "$1/root"
exec "$2" --rootless true --root "$1/state" run --bundle "$1" "$3"
"#;

/// The command that runs `words` in a container over the data in `folder`.
pub(crate) fn command(folder: &Path, words: &[String], is_old: bool) -> Command {
    // Gone with the data. Nobody but root can enter it.
    let bundle = folder.join(BUNDLE);
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true).mode(0o700);
    make.create(bundle.join("root")).unwrap();
    let configuration = configuration(folder, &bundle, words, is_old);
    std::fs::write(bundle.join("config.json"), configuration.to_string()).unwrap();
    let name = folder.file_name().unwrap();
    let mut command = Command::new("unshare");
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .args(["--mount", "--propagation", "private", "/bin/sh", "-c"])
        .args([SCRIPT, "sh"])
        .arg(&bundle)
        .arg(RUNC)
        .arg(name)
        .current_dir("/");
    command
}

fn configuration(folder: &Path, bundle: &Path, words: &[String], is_old: bool) -> Value {
    let environment = crate::world::environment(folder)
        .map(|(name, value)| format!("{name}={}", value.display()));
    let mount = |at: &str, kind: &str, options: &[&str]| json!({ "destination": at, "type": kind, "source": kind, "options": options });
    let namespaces = ["pid", "ipc", "uts", "mount"].map(|kind| json!({ "type": kind }));
    json!({
        "ociVersion": "1.0.2",
        "hostname": "container",
        "process": {
            "user": { "uid": 0, "gid": 0 },
            "args": words,
            "env": environment,
            "cwd": folder,
            "capabilities": { "bounding": CAPABILITIES, "effective": CAPABILITIES, "permitted": CAPABILITIES },
        },
        "root": { "path": bundle.join("root"), "readonly": true },
        "mounts": [
            mount("/proc", "proc", &[]),
            mount("/dev", "tmpfs", &["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/pts", "devpts", &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            mount("/dev/shm", "tmpfs", &["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", &["nosuid", "noexec", "nodev"]),
            mount("/sys", "sysfs", &["nosuid", "noexec", "nodev", "ro"]),
            mount("/sys/fs/cgroup", "cgroup", &["nosuid", "noexec", "nodev", "relatime", "ro"]),
            mount("/tmp", "tmpfs", &["nosuid", "nodev", "mode=1777", "size=65536k"]),
            { "destination": folder, "type": "bind", "source": folder, "options": ["bind", "rw"] },
            // It may be in a folder that is another one in there.
            { "destination": words[0], "type": "bind", "source": words[0], "options": ["bind", "ro"] },
        ],
        "linux": {
            "namespaces": namespaces,
            "seccomp": filter(is_old),
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    })
}

/// Docker's filter as it is for these capabilities on this kind of processor.
fn filter(is_old: bool) -> Value {
    let text = std::fs::read_to_string(DOCKER_FILTER)
        .unwrap_or_else(|error| panic!("{DOCKER_FILTER}: {error}"));
    let profile: Value = serde_json::from_str(&text).unwrap();
    let rules = profile["syscalls"].as_array().unwrap();
    let mut rules: Vec<Value> = rules
        .iter()
        .filter(|rule| applies(rule))
        .map(taken)
        .collect();
    if is_old {
        for rule in &mut rules {
            let names = rule["names"].as_array_mut().unwrap();
            names.retain(|name| !NEWER_CALLS.iter().any(|call| name == call));
        }
        rules.retain(|rule| {
            rule["names"]
                .as_array()
                .is_some_and(|names| !names.is_empty())
        });
        rules.push(json!({ "names": NEWER_CALLS, "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS }));
    }
    json!({
        "defaultAction": profile["defaultAction"],
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "syscalls": rules,
    })
}

/// Whether a rule of Docker's holds here.
fn applies(rule: &Value) -> bool {
    let of = |part: &str, what: &str| -> Vec<String> {
        let list = rule[part][what].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|word| word.as_str().map(str::to_owned))
            .collect()
    };
    let has = |capability: &String| CAPABILITIES.contains(&capability.as_str());
    let is_this = |architecture: &String| architecture == "amd64";
    let (only, not) = (of("includes", "arches"), of("excludes", "arches"));
    (only.is_empty() || only.iter().any(is_this))
        && !not.iter().any(is_this)
        && of("includes", "caps").iter().all(has)
        && !of("excludes", "caps").iter().any(has)
}

/// What runc takes of a rule of Docker's.
fn taken(rule: &Value) -> Value {
    let known = ["names", "action", "args", "errnoRet"];
    let kept = known
        .iter()
        .filter(|name| !rule[**name].is_null())
        .map(|name| ((*name).to_owned(), rule[*name].clone()));
    Value::Object(kept.collect())
}
