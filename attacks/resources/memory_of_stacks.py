"""Stacks count, those that grow by themselves and that no limit of data knows.

must: end memory|error
"""
import ctypes, mmap, time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
GROWS_DOWN, NORESERVE = 0x100, 0x4000
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | GROWS_DOWN | NORESERVE
for _ in range(64):
    stack = libc.mmap(None, ctypes.c_size_t(16 << 20), mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
    if stack in (None, 2**64 - 1):
        raise MemoryError(ctypes.get_errno())
    ctypes.memset(stack, 1, 16 << 20)
    time.sleep(0.02)
time.sleep(3)
print("BROKEN: 1 GB")
