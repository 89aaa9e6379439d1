"""A signal to everybody reaches nobody else.

must: hold
"""
import os, signal, sys, time

if "NoNewPrivs:\t1" not in open("/proc/self/status").read():
    # It would end all of this user's processes.
    sys.exit("BROKEN: not confined, so not tried")
child = os.fork()
if child == 0:
    time.sleep(20)
    os._exit(0)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
    try:
        os.kill(-1, number)
    except (PermissionError, ProcessLookupError) as error:
        print(number, error)
os.waitpid(child, 0)
for group in range(2, 300):
    try:
        if group != os.getpgrp():
            os.killpg(group, signal.SIGKILL)
            sys.exit(f"BROKEN: group {group}")
    except (PermissionError, ProcessLookupError):
        pass
print("HELD")
