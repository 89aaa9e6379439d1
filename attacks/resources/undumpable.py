"""A program that nobody may look into is watched and ended all the same.

must: end processor_time
must: within 60 s
"""
import ctypes, os, time

PR_SET_DUMPABLE, PR_SET_NAME = 4, 15
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_DUMPABLE, 0)
libc.prctl(PR_SET_NAME, b"0 (x) Z 1 1")
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
os.wait()
