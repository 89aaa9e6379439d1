"""Locks of parts of files are few or count.

must: end memory|error|processor_time
"""
import ctypes, os, struct, sys, time

libc = ctypes.CDLL(None, use_errno=True)
SET_LOCK, WRITE = 6, 1
file = os.open("locked", os.O_CREAT | os.O_RDWR)
lock = bytearray(struct.pack("hhqqi", WRITE, 0, 0, 1, 0))
buffer = (ctypes.c_char * len(lock)).from_buffer(lock)
pointer = ctypes.addressof(buffer)
made = 0
# From the end, where the kernel finds the place for the next at once.
for start in range(2_000_000, 0, -2):
    struct.pack_into("q", lock, 8, start)
    if libc.fcntl(file, SET_LOCK, ctypes.c_void_p(pointer)) == -1:
        sys.exit(f"no more than {made}: {os.strerror(ctypes.get_errno())}")
    made += 1
    if made == 500_000:
        # Each is some two hundred bytes of the kernel's.
        print(f"BROKEN: {made} locks")
        break
