"""No other process can be put behind, bound to one processor, or made idle.

must: hold
"""
import json, os, sys

facts = json.load(open("facts.json"))
pids = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
pids |= {1, os.getppid(), facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1}
every = os.sched_getaffinity(0)
tried = 0
for pid in pids - {0, os.getpid()}:
    for what, action in (
        # As it is by itself, so that it does no harm where it works.
        ("bound", lambda: os.sched_setaffinity(pid, every)),
        ("scheduled", lambda: os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))),
        ("set", lambda: os.sched_setparam(pid, os.sched_param(0))),
        ("put behind", lambda: os.setpriority(os.PRIO_PROCESS, pid, max(0, os.getpriority(os.PRIO_PROCESS, pid)))),
        ("put behind with its group", lambda: os.setpriority(os.PRIO_PGRP, pid, max(0, os.getpriority(os.PRIO_PGRP, pid)))),
    ):
        try:
            action()
        except OSError:
            tried += 1
            continue
        sys.exit(f"BROKEN: {what}: {pid}")
print("HELD" if tried else "nobody to attack")
