"""Memory counts of processes that nobody may look into.

must: end memory
"""
import ctypes, os, time

PR_SET_DUMPABLE, PR_SET_NAME = 4, 15
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_DUMPABLE, 0)
libc.prctl(PR_SET_NAME, b"x) Z 0 0 0\nRss")
for _ in range(12):
    if os.fork() == 0:
        os.setsid()
        kept = b"x" * (100 << 20)
        time.sleep(20)
        os._exit(0)
time.sleep(10)
print("BROKEN: 1.2 GB")
