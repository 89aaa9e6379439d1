"""No file is opened by its number instead of its path.

must: hold
"""
import ctypes, errno, json, os, platform, struct, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
NAME_TO, OPEN_BY = (264, 265) if platform.machine() == "aarch64" else (303, 304)
refused = (errno.EPERM, errno.EACCES, errno.ENOSYS)
handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 8 + 128)
mount = ctypes.c_int()


def call(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) != -1:
        sys.exit(f"BROKEN: system call {number}")
    if ctypes.get_errno() not in refused:
        sys.exit(f"{number}: {os.strerror(ctypes.get_errno())}")


own = os.open(".", os.O_RDONLY)
for path in (facts["home"], facts["neighbour"], facts["neighbour"] + "/secret.txt", "/"):
    name = ctypes.create_string_buffer(path.encode())
    call(NAME_TO, -100, ctypes.addressof(name), ctypes.addressof(handle), ctypes.addressof(mount), 0)
for inode in (2, os.stat(".").st_ino, os.stat(".").st_ino + 1):
    # What ext4 and tmpfs call a file: its inode and its generation.
    guess = ctypes.create_string_buffer(struct.pack("IiIII", 8, 1, inode & 0xFFFFFFFF, 0, 0))
    call(OPEN_BY, own, ctypes.addressof(guess), os.O_RDONLY)
print("HELD")
