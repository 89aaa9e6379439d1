"""Processes that fork all the time while they are being killed do not outlive their program.

must: end finished|processes|forks|processor_time
must: within 20 s
"""
import os, signal, time

for sign in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
    signal.signal(sign, signal.SIG_IGN)
until = time.monotonic() + 20
for _ in range(10):
    try:
        child = os.fork()
    except BlockingIOError:
        # Those that are gone and not yet taken away count, too.
        break
    if child == 0:
        os.setsid()
        while time.monotonic() < until:
            # Its parent's place is taken by the child, again and again.
            try:
                if os.fork() != 0:
                    os._exit(0)
            except OSError:
                pass
        os._exit(0)
time.sleep(0.5)
