"""Files in memory count or are not to be had.

must: end memory|disk|error
"""
import os, time

PIECE, held = 8 << 20, 0
for folder in ("/dev/shm", "/run/shm", "/tmp", "/run", os.environ["TMPDIR"]):
    if "tmpfs" not in {line.split()[2] for line in open("/proc/self/mounts") if line.split()[1] == os.path.realpath(folder)}:
        continue
    for number in range(128):
        try:
            with open(f"{folder}/mallory-{os.getpid()}-{number}", "xb") as file:
                file.write(bytes(PIECE))
        except PermissionError as error:
            print(folder, error)
            break
        held += PIECE
time.sleep(3)
if held >= 512 << 20:
    print(f"BROKEN: {held >> 20} MB")
elif not held:
    raise SystemExit("none can be made")
