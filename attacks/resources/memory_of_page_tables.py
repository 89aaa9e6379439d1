"""The kernel's own tables of a program's memory count.

must: end memory|error
"""
import ctypes, mmap, sys, time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
NORESERVE, STEP = 0x4000, 2 << 20
length = 1 << 39
while True:
    # For reading only, which no limit counts; each page that is read is the same one, of zeros.
    start = libc.mmap(None, ctypes.c_size_t(length), mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE, -1, 0)
    if start in (None, 2**64 - 1):
        raise MemoryError(ctypes.get_errno())
    for at in range(start, start + length, STEP):
        ctypes.c_char.from_address(at).value
        if (at - start) // STEP % 4096 == 0:
            status = open("/proc/self/status").read()
            tables = int(status.partition("VmPTE:")[2].split()[0])
            if tables > 1 << 20:
                time.sleep(3)
                sys.exit(print(f"BROKEN: {tables >> 10} MB"))
