"""Shared memory that is made of /dev/zero counts, read or written.

must: end memory|error
"""
import mmap, os, time

SIZE = 1 << 30
zeros = os.open("/dev/zero", os.O_RDONLY)
kept = mmap.mmap(zeros, SIZE, mmap.MAP_SHARED, mmap.PROT_READ)
for start in range(0, SIZE, 4 << 20):
    # To read a page that is not there makes it.
    kept[start : start + (4 << 20)]
    kept.madvise(mmap.MADV_DONTNEED, start, 4 << 20)
time.sleep(3)
print("BROKEN: 1 GB")
