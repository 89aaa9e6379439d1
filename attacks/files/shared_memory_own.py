"""A program's /dev/shm is its own file system, which is empty, and is limited as its memory is.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
if not facts["namespaces"]:
    # It is shared there (docs/security.md).
    sys.exit(print("HELD"))
if os.listdir("/dev/shm"):
    sys.exit(f"BROKEN: it has {os.listdir('/dev/shm')}")
if not os.path.ismount("/dev/shm"):
    sys.exit("BROKEN: it is not mounted")
room = os.statvfs("/dev/shm")
if room.f_blocks * room.f_frsize > 256 << 20 or not room.f_files or room.f_files > 65536:
    sys.exit(f"BROKEN: it has room for {room.f_blocks * room.f_frsize >> 20} MB and {room.f_files} files")
os.makedirs("/dev/shm/a/b")
with open("/dev/shm/a/b/file", "w") as file:
    file.write("mine")
try:
    os.open("/dev/shm/run", os.O_CREAT | os.O_WRONLY, 0o755)
    os.execv("/dev/shm/run", ["run"])
except OSError as error:
    if error.errno != errno.EACCES:
        raise
print("HELD")
