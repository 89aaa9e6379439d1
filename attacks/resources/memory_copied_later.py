"""What processes have shared counts for each of them soon after it is its own, however long they are to look through.

must: end memory
"""
import ctypes, mmap, os, time

PROCESSES, SIZE, PIECES, PAGE = 20, 100 << 20, 60_000, 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
place = libc.mmap(None, ctypes.c_size_t(PIECES * PAGE), mmap.PROT_READ, flags, -1, 0)
for start in range(place, place + PIECES * PAGE, 2 * PAGE):
    # As many mappings as a process can have.
    libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(PAGE), 0)
shared = mmap.mmap(-1, SIZE, flags=flags)
for at in range(0, SIZE, PAGE):
    shared[at] = 1
go, tell = os.pipe()
done, told = os.pipe()
for _ in range(PROCESSES):
    if os.fork() == 0:
        os.close(tell)
        os.read(go, 1)
        for at in range(0, SIZE, PAGE):
            shared[at] = 2
        os.write(told, b"x")
        time.sleep(20)
        os._exit(0)
# Until it has been measured.
time.sleep(1)
os.write(tell, b"x" * PROCESSES)
for _ in range(PROCESSES):
    os.read(done, 1)
time.sleep(1)
print(f"BROKEN: {PROCESSES * SIZE >> 20} MB")
