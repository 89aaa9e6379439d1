"""No control group can be made, left or changed.

must: hold
"""
import os, sys

for line in open("/proc/self/mountinfo"):
    parts = line.split()
    if not parts[parts.index("-") + 1].startswith("cgroup"):
        continue
    place = parts[4]
    own = open("/proc/self/cgroup").read().split("::")[-1].strip()
    for folder in {place, place + own}:
        try:
            os.mkdir(folder + "/mallory")
        except OSError:
            pass
        else:
            os.rmdir(folder + "/mallory")
            sys.exit(f"BROKEN: a group in {folder}")
        for name in ("cgroup.procs", "cgroup.freeze", "cgroup.kill", "memory.max", "release_agent", "notify_on_release", "cgroup.subtree_control"):
            try:
                os.open(f"{folder}/{name}", os.O_WRONLY)
            except OSError:
                continue
            sys.exit(f"BROKEN: {folder}/{name}")
print("HELD")
