"""Processes that each start another one, and stay, are recognised and ended when there are as many as there may be.

must: end forks
must: within 5 s
"""
import os, signal, time

until = time.monotonic() + 20
while time.monotonic() < until:
    try:
        if os.fork() != 0:
            signal.alarm(20)
            signal.pause()
    except OSError:
        pass
print("BROKEN: forked for 20 s")
