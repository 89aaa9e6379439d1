"""Children that nobody waits for count, and are gone with their program.

must: end finished|processes
must: within 30 s
"""
import os, time

made = 0
try:
    for _ in range(500):
        if os.fork() == 0:
            os._exit(0)
        made += 1
except BlockingIOError:
    print(made, "zombies")
time.sleep(2)
if made == 500:
    raise SystemExit("BROKEN: 500 zombies")
