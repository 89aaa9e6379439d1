"""What watches all programs is not kept from it by one that is long to look through.

must: end error|memory|processor_time|disk
must: within 60 s
"""
import ctypes, mmap, os, time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
PIECES, PAGE = 60_000, 4096
# Shared by all after the forks, so that only a close look tells that it is within the limit.
kept = b"x" * (130 << 20)
place = libc.mmap(None, ctypes.c_size_t(PIECES * PAGE), mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
for start in range(place, place + PIECES * PAGE, 2 * PAGE):
    # Every other page by itself: as many mappings as a process can have.
    libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(PAGE), 0)
for _ in range(26):
    if os.fork() == 0:
        time.sleep(50)
        os._exit(0)


def reaped_after():
    told, tell = os.pipe()
    if os.fork() == 0:
        orphan = os.fork()
        if orphan == 0:
            os._exit(0)
        os.write(tell, b"%d" % orphan)
        os._exit(0)
    orphan = int(os.read(told, 20))
    os.wait()
    start = time.monotonic()
    while os.path.exists(f"/proc/{orphan}"):
        time.sleep(0.01)
    return time.monotonic() - start


# Whoever has lost its parent is taken away by what watches, when that has time for it.
waits = sorted(reaped_after() for _ in range(8))
print(*(f"{wait:.2f}" for wait in waits))
if waits[4] > 2:
    print("BROKEN: it takes so many seconds")
else:
    raise SystemExit("it has time")
