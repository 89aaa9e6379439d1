"""Shared memory without a name counts.

must: end memory|error
"""
import mmap, time

kept = mmap.mmap(-1, 1 << 30)
for start in range(0, 1 << 30, 1 << 20):
    kept[start : start + (1 << 20)] = b"x" * (1 << 20)
time.sleep(3)
print("BROKEN: 1 GB")
