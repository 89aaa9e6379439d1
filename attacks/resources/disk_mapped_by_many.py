"""Deleted files that are mapped do not fill the disk, however long the program is to look through.

must: end disk|error|memory
"""
import ctypes, mmap, os, time

PROCESSES, PIECES, PAGE, PIECE, COUNT = 20, 60_000, 4096, 15 << 20, 40
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
place = libc.mmap(None, ctypes.c_size_t(PIECES * PAGE), mmap.PROT_READ, flags, -1, 0)
for start in range(place, place + PIECES * PAGE, 2 * PAGE):
    # As many mappings as a process can have.
    libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(PAGE), 0)
for _ in range(PROCESSES):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
# Until it has been searched.
begin = time.monotonic()
while time.monotonic() - begin < 3:
    pass
kept = []
for number in range(COUNT):
    path = os.environ["TMPDIR"] + f"/{number}"
    file = os.open(path, os.O_CREAT | os.O_RDWR)
    os.unlink(path)
    os.write(file, bytes(PIECE))
    kept.append(mmap.mmap(file, PAGE))
    os.close(file)
time.sleep(4)
print(f"BROKEN: {COUNT * PIECE >> 20} MB")
