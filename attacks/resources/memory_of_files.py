"""Files in memory count or are not to be had.

must: end memory|disk|error
"""
import os, sys, time

PIECE, held = 8 << 20, 0
kinds = {line.split()[1]: line.split()[2] for line in open("/proc/self/mounts")}
for folder in {os.path.realpath(name) for name in ("/dev/shm", "/run/shm", "/tmp", "/run", os.environ["TMPDIR"])}:
    for number in range(128) if kinds.get(folder) == "tmpfs" else ():
        try:
            with open(f"{folder}/mallory-{os.getpid()}-{number}", "xb") as file:
                file.write(bytes(PIECE))
        except PermissionError as error:
            print(folder, error)
            break
        held += PIECE
time.sleep(3)
if held < 512 << 20:
    sys.exit(f"no more than {held >> 20} MB")
print(f"BROKEN: {held >> 20} MB")
