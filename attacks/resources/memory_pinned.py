"""Memory that only a pipe still holds on to is little or counts.

must: end memory|error
"""
import ctypes, mmap, os, time

HUGE, MOST = 2 << 20, 1 << 30
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
place = libc.mmap(None, ctypes.c_size_t(2 * HUGE), mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
place = (place + HUGE - 1) // HUGE * HUGE
libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(HUGE), 14)


class Piece(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("length", ctypes.c_size_t)]




def free():
    return int(open("/proc/meminfo").read().partition("MemAvailable:")[2].split()[0]) << 10


before, held, kept = free(), 0, []
while held < MOST:
    reading, writing = os.pipe()
    kept += [reading, writing]
    for _ in range(16):
        ctypes.memset(place, 1, 1)
        # Of two megabytes in one page the pipe takes four kilobytes, and with them all of it.
        if libc.vmsplice(writing, ctypes.byref(Piece(place, 4096)), ctypes.c_ulong(1), 0) == -1:
            raise SystemExit(f"vmsplice: {os.strerror(ctypes.get_errno())}")
        libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(HUGE), mmap.MADV_DONTNEED)
        held += HUGE
time.sleep(2)
if before - free() < MOST // 2:
    raise SystemExit("no large pages here")
print(f"BROKEN: {held >> 20} MB")
