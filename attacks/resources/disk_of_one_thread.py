"""Deleted files that only one thread of a process has open do not fill the disk.

must: end disk|error
"""
import ctypes, os, threading, time

PIECE, COUNT = 15 << 20, 40
CLOSE_RANGE, UNSHARE = 436, 2
libc = ctypes.CDLL(None, use_errno=True)
told = []


def fill():
    # From here on what this thread opens is its own.
    none = ctypes.c_uint(1 << 20)
    if libc.syscall(ctypes.c_long(CLOSE_RANGE), none, none, UNSHARE) != 0:
        told.append(os.strerror(ctypes.get_errno()))
        return
    held = []
    for number in range(COUNT):
        path = os.environ["TMPDIR"] + f"/{number}"
        file = os.open(path, os.O_CREAT | os.O_RDWR)
        os.unlink(path)
        os.write(file, bytes(PIECE))
        held.append(file)
    time.sleep(20)


filling = threading.Thread(target=fill, daemon=True)
filling.start()
filling.join(10)
if told:
    raise SystemExit(told[0])
print(f"BROKEN: {COUNT * PIECE >> 20} MB")
