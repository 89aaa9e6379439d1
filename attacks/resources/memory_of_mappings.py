"""What the kernel needs for the mappings of many processes counts. On a slow machine they are too many to be counted in time,
which is too much of everything.

must: end memory|disk|error
"""
import ctypes, os, signal, time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
PAGE, PAGES, PROCESSES = 4096, 62_000, 28
at = libc.mmap(None, PAGES * PAGE, 0, 0x22, -1, 0)
# Each page is another mapping than its neighbours.
for page in range(0, PAGES, 2):
    libc.mprotect(at + page * PAGE, PAGE, 1)
children = []
for _ in range(PROCESSES):
    child = os.fork()
    if child == 0:
        signal.pause()
    children.append(child)
due = time.monotonic() + 8
while time.monotonic() < due:
    pass
print(f"BROKEN: {PROCESSES * PAGES} mappings")
for child in children:
    os.kill(child, signal.SIGKILL)
