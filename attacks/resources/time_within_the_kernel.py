"""Time that the kernel spends for a program is the program's.

must: end processor_time
must: within 60 s
"""
import os, time

zeros, nothing = os.open("/dev/zero", os.O_RDONLY), os.open("/dev/null", os.O_WRONLY)
random = os.open("/dev/urandom", os.O_RDONLY)
for work in (lambda: os.read(random, 64 << 20), lambda: os.listdir("/proc"), lambda: os.readv(zeros, [bytearray(64 << 20)])):
    if os.fork() == 0:
        while True:
            work()
time.sleep(50)
print("BROKEN: 50 s of it")
