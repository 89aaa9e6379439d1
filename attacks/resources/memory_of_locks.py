"""Locks of parts of files are few, or take more time than there is.

must: end memory|error|processor_time
"""
import ctypes, os, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
SET_LOCK, WRITE, MOST = 6, 1, 1_000_000
lock = bytearray(struct.pack("hhqqi", WRITE, 0, 0, 1, 0))
at = ctypes.c_void_p(ctypes.addressof((ctypes.c_char * len(lock)).from_buffer(lock)))
files = [os.open(f"locked{number}", os.O_CREAT | os.O_RDWR) for number in range(100)]
made = 0
# Many files, for the kernel looks at all locks of one; each lock is some two hundred bytes of the kernel's.
for start in range(0, 2 * MOST, 2):
    struct.pack_into("q", lock, 8, start)
    for file in files:
        if libc.fcntl(file, SET_LOCK, at) == -1:
            sys.exit(f"no more than {made}: {os.strerror(ctypes.get_errno())}")
        made += 1
    if made >= MOST:
        sys.exit(print(f"BROKEN: {made} locks"))
