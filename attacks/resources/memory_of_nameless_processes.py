"""Memory counts of processes whose name is no text.

must: end memory
"""
import ctypes, os, time

PR_SET_NAME = 15
ctypes.CDLL(None).prctl(PR_SET_NAME, b"\xff\xfe")
for _ in range(12):
    if os.fork() == 0:
        kept = b"x" * (100 << 20)
        time.sleep(20)
        os._exit(0)
time.sleep(10)
print("BROKEN: 1.2 GB")
