"""Memory that is taken and given back between two looks does not pass the limit by much.

must: end memory|processor_time|error
"""
import mmap, os, time

SIZE = 128 << 20
for _ in range(12):
    if os.fork() == 0:
        until = time.monotonic() + 8
        while time.monotonic() < until:
            # Each one's turn is over before anybody looks.
            kept = mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            for start in range(0, SIZE, 4096):
                kept[start] = 1
            kept.close()
            time.sleep(0.05)
        os._exit(0)
time.sleep(9)
print("BROKEN: as long as it likes")
