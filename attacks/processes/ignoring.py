"""Processes that ignore every signal end with their program.

must: end finished
"""
import os, signal, time

for _ in range(6):
    if os.fork() == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
        os.setsid()
        until = time.monotonic() + 30
        while time.monotonic() < until:
            time.sleep(0.5)
        os._exit(0)
