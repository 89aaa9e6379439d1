"""Deleted files of a process whose first thread has ended do not fill the disk.

must: end disk|error
"""
import ctypes, os, threading, time

PIECE, COUNT = 15 << 20, 40
EXIT = 93 if os.uname().machine == "aarch64" else 60


def fill():
    time.sleep(0.3)
    held = []
    for number in range(COUNT):
        path = os.environ["TMPDIR"] + f"/{number}"
        file = os.open(path, os.O_CREAT | os.O_RDWR)
        os.unlink(path)
        os.write(file, bytes(PIECE))
        held.append(file)
    time.sleep(20)


if os.fork() == 0:
    threading.Thread(target=fill).start()
    # Of the first thread alone.
    ctypes.CDLL(None).syscall(ctypes.c_long(EXIT), 0)
time.sleep(12)
print(f"BROKEN: {COUNT * PIECE >> 20} MB")
