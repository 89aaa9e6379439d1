"""Memory in huge pages counts, and none are taken that others have put by.

must: end memory|error
"""
import mmap, time

HUGE_TABLE = 0x40000
try:
    mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | HUGE_TABLE)[0] = 1
except OSError as error:
    print(error)
# Private, so that the limit of data holds; shared beside it, so that it does not.
kept = [mmap.mmap(-1, 200 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS) for _ in range(5)]
for one in kept:
    one.madvise(mmap.MADV_HUGEPAGE)
    for start in range(0, 200 << 20, 1 << 20):
        one[start] = 1
        one.madvise(mmap.MADV_POPULATE_WRITE if hasattr(mmap, "MADV_POPULATE_WRITE") else 23, start, 1 << 20)
time.sleep(3)
print("BROKEN: 1 GB")
