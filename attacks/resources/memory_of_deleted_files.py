"""Files in memory that are deleted and held open count or are not to be had.

must: end memory|disk|error
"""
import os, time

PIECE, held = 15 << 20, []
for folder in ("/dev/shm", "/run/shm"):
    for number in range(64):
        path = f"{folder}/mallory-{os.getpid()}-{number}"
        try:
            file = os.open(path, os.O_CREAT | os.O_RDWR)
        except (PermissionError, FileNotFoundError) as error:
            print(folder, error)
            break
        os.unlink(path)
        os.posix_fallocate(file, 0, PIECE)
        held.append(file)
time.sleep(3)
if len(held) * PIECE >= 512 << 20:
    print(f"BROKEN: {len(held) * PIECE >> 20} MB")
elif not held:
    raise SystemExit("none can be made")
