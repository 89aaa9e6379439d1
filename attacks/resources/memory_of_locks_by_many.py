"""Locks of parts of files count, also where several processes make them.

must: end memory|error
must: within 20 s
"""
import ctypes, os, platform, signal, struct, sys, time

libc = ctypes.CDLL(None, use_errno=True)
SET_LOCK, WRITE, OPEN_FILE_SET_LOCK, PROCESSES, MOST = 6, 1, 37, 8, 20_000
lock = bytearray(struct.pack("hhqqi", WRITE, 0, 0, 1, 0))
at = ctypes.c_void_p(ctypes.addressof((ctypes.c_char * len(lock)).from_buffer(lock)))
here, there = os.pipe()


def take(name):
    files = [os.open(f"locked-{name}-{number}", os.O_CREAT | os.O_RDWR) for number in range(100)]
    if libc.fcntl(files[0], OPEN_FILE_SET_LOCK, at) == 0:
        os.write(there, b"!")
    for start in range(0, 2 * MOST // len(files), 2):
        struct.pack_into("q", lock, 8, start)
        for file in files:
            if libc.fcntl(file, SET_LOCK, at) == -1:
                sys.exit(f"no more: {os.strerror(ctypes.get_errno())}")
    os.write(there, b".")
    signal.pause()


# A process that shares its files with this one would leave its locks to it.
CLONE, FILES = 220 if platform.machine() == "aarch64" else 56, 0x400
child = libc.syscall(*map(ctypes.c_long, (CLONE, FILES | signal.SIGCHLD, 0, 0, 0, 0)))
if child == 0:
    os._exit(0)
if child != -1:
    sys.exit(print("BROKEN: a process that shares its files"))
for name in range(PROCESSES):
    if os.fork() == 0:
        take(name)
for _ in range(PROCESSES):
    if os.read(here, 1) == b"!":
        sys.exit(print("BROKEN: a lock of an open file"))
time.sleep(5)
print(f"BROKEN: {PROCESSES * MOST} locks")
