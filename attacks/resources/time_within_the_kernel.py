"""Time that the kernel spends for a program is the program's.

must: end processor_time
must: within 60 s
"""
import os, time

random = os.open("/dev/urandom", os.O_RDONLY)
for work in (lambda: os.read(random, 64 << 20), lambda: os.listdir("/proc"), lambda: open("/proc/self/smaps").read()):
    if os.fork() == 0:
        while True:
            work()
time.sleep(50)
print("BROKEN: 50 s of it")
