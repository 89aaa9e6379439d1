"""The memory of all processes of a program counts together.

must: end memory
"""
import os, time

for _ in range(12):
    if os.fork() == 0:
        kept = b"x" * (100 << 20)
        time.sleep(20)
        os._exit(0)
time.sleep(10)
print("BROKEN: 1.2 GB")
