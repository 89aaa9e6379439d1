"""No other process's limits can be lowered or raised.

must: hold
"""
import json, os, resource, sys

facts = json.load(open("facts.json"))
pids = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
pids |= {1, os.getppid(), facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1}
tried = 0
for pid in pids - {0, os.getpid()}:
    # Enough for whoever it is, so that it does no harm where it works.
    for number, new in ((resource.RLIMIT_NOFILE, (900, 900)), (resource.RLIMIT_CORE, (0, 0)), (resource.RLIMIT_CPU, (90_000, 90_000))):
        try:
            resource.prlimit(pid, number, new)
        except (OSError, ValueError):
            tried += 1
            continue
        sys.exit(f"BROKEN: limit {number} of {pid}")
print("HELD" if tried else "nobody to attack")
