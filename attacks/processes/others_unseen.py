"""Programs of others are not in the process list, nor are their names and locks.

must: hold
"""
import json, os, sys

facts = json.load(open("facts.json"))
if not facts["namespaces"]:
    # The list is the machine's there (docs/security.md).
    sys.exit(print("HELD"))
pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit()]
if pids != [os.getpid()]:
    sys.exit(f"BROKEN: others are listed: {pids}")
for pid in (1, facts["neighbour_pid"]):
    for name in ("comm", "cmdline", "stat", "status", "limits"):
        try:
            print(open(f"/proc/{pid}/{name}").read())
        except OSError:
            continue
        sys.exit(f"BROKEN: {name} of {pid}")
locks = open("/proc/locks").read()
if locks:
    sys.exit(f"BROKEN: {locks}")
child = os.fork()
if child == 0:
    sys.stdin.readline()
    os._exit(0)
if not os.path.exists(f"/proc/{child}/stat"):
    sys.exit("the own child is hidden")
os.kill(child, 9)
os.wait()
print("HELD")
