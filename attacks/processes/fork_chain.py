"""A chain of processes, each of which is gone as soon as it has forked the next, is recognised and ended.

must: end forks
must: within 5 s
"""
import os, time

if os.fork() == 0:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if os.fork() != 0:
                os._exit(0)
        except OSError:
            # As many are gone and not yet taken away as there may be.
            pass
    os._exit(0)
time.sleep(20)
print("BROKEN: forked for 20 s")
