"""Shared memory that no process has in its tables any more counts as long as it is there.

must: end memory|error
"""
import mmap, time

SIZE = 1 << 30
kept = mmap.mmap(-1, SIZE)
for start in range(0, SIZE, 4 << 20):
    kept[start : start + (4 << 20)] = b"x" * (4 << 20)
    # It stays in memory, and is shown as nobody's.
    kept.madvise(mmap.MADV_DONTNEED, start, 4 << 20)
time.sleep(3)
if kept[SIZE - 1] == ord("x"):
    print("BROKEN: 1 GB")
