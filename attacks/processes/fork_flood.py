"""Processes that all start short ones without end are recognised and ended.

must: end forks
must: within 5 s
"""
import os, time

for _ in range(20):
    try:
        if os.fork() != 0:
            continue
    except OSError:
        # There are as many as there may be.
        break
    while True:
        try:
            child = os.fork()
        except OSError:
            continue
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
time.sleep(20)
print("BROKEN: forked for 20 s")
