"""Files in memory that are deleted and held open count or are not to be had.

must: end memory|disk|error
"""
import os, sys, time

PIECE, held = 15 << 20, []
path = f"/dev/shm/mallory-{os.getpid()}"
while len(held) < 60:
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR)
    except PermissionError as error:
        sys.exit(str(error))
    os.unlink(path)
    os.write(file, bytes(PIECE))
    held.append(file)
time.sleep(3)
print(f"BROKEN: {len(held) * PIECE >> 20} MB")
