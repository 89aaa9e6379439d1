"""Nothing in /proc or /sys can be written.

must: hold
"""
import os, sys

budget = 6000
queue = ["/proc/sys", "/sys/kernel", "/sys/fs", "/sys/module", "/sys/class", "/sys/power", "/sys/devices/system"]
paths = [f"/proc/{name}" for name in os.listdir("/proc") if not name.isdigit()]
paths += ["/proc/sysrq-trigger", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper", "/sys/power/state"]
paths += ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches", "/sys/fs/cgroup/cgroup.procs"]
while queue and budget > 0:
    folder = queue.pop(0)
    try:
        entries = list(os.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        budget -= 1
        if entry.is_dir(follow_symlinks=False):
            queue.append(entry.path)
        elif entry.is_file(follow_symlinks=False):
            paths.append(entry.path)
for path in paths:
    # Container runtimes put /dev/null over what is to be hidden.
    if not os.path.isfile(path):
        continue
    try:
        # Opened only: nothing is written.
        os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        continue
    sys.exit(f"BROKEN: {path}")
# Of the own process's files none that matters to others.
for name in ("coredump_filter", "loginuid", "attr/current", "sched", "autogroup", "timerslack_ns", "clear_refs", "uid_map", "comm"):
    try:
        os.open(f"/proc/self/{name}", os.O_WRONLY)
    except OSError:
        continue
    print("can be written:", name)
print(len(paths), "files")
print("HELD")
