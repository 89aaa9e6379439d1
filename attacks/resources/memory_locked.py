"""Memory cannot be locked, so that the system could not take it back.

must: hold
"""
import ctypes, mmap, sys

libc = ctypes.CDLL(None, use_errno=True)
kept = mmap.mmap(-1, 8 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
at = ctypes.addressof(ctypes.c_char.from_buffer(kept))
for what, made in (
    ("mlock", libc.mlock(ctypes.c_void_p(at), ctypes.c_size_t(8 << 20))),
    ("mlock on fault", libc.mlock2(ctypes.c_void_p(at), ctypes.c_size_t(8 << 20), 1)),
    ("all of it", libc.mlockall(1)),
    ("all of it on fault", libc.mlockall(1 | 4)),
):
    if made != -1:
        sys.exit(f"BROKEN: {what}")
locked = int(open("/proc/self/status").read().partition("VmLck:")[2].split()[0])
if locked > 64:
    sys.exit(f"BROKEN: {locked} kB")
print("HELD")
