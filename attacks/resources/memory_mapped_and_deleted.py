"""Files in memory that are deleted, closed and still mapped count or are not to be had.

must: end memory|disk|error
"""
import ctypes, mmap, os, sys, time

PIECE, COUNT = 15 << 20, 40
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
path = f"/dev/shm/mallory-{os.getpid()}"
for _ in range(COUNT):
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR)
    except PermissionError as error:
        sys.exit(str(error))
    os.write(file, bytes(PIECE))
    page = libc.mmap(None, ctypes.c_size_t(4096), mmap.PROT_READ, mmap.MAP_SHARED, file, ctypes.c_long(0))
    assert page != ctypes.c_void_p(-1).value, os.strerror(ctypes.get_errno())
    os.unlink(path)
    os.close(file)
time.sleep(5)
print(f"BROKEN: {COUNT * PIECE >> 20} MB")
