"""process_vm_readv and its kin reach no process.

must: hold
"""
import ctypes, errno, json, os, platform, struct, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
READ, WRITE, MADVISE, MRELEASE, MOVE, MIGRATE = (
    (270, 271, 440, 448, 239, 238) if platform.machine() == "aarch64" else (310, 311, 440, 448, 279, 256)
)
buffer = ctypes.create_string_buffer(16)
here = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(buffer), 8))
there = ctypes.create_string_buffer(struct.pack("QQ", 0x400000, 8))
addresses = [ctypes.addressof(here), 1, ctypes.addressof(there), 1, 0]


def attempt(what, *arguments):
    if libc.syscall(*map(ctypes.c_long, arguments)) != -1:
        sys.exit(f"BROKEN: {what}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


own = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(buffer), 8))
attempt("process_vm_readv of itself", READ, os.getpid(), ctypes.addressof(here), 1, ctypes.addressof(own), 1, 0)
for other in {os.getppid(), facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1} - {os.getpid()}:
    attempt(f"process_vm_readv of {other}", READ, other, *addresses)
    attempt(f"process_vm_writev of {other}", WRITE, other, *addresses)
    attempt(f"move_pages of {other}", MOVE, other, 0, 0, 0, 0, 0)
    attempt(f"migrate_pages of {other}", MIGRATE, other, 0, 0, 0)
attempt("process_madvise", MADVISE, 0, ctypes.addressof(here), 1, 4, 0)
attempt("process_mrelease", MRELEASE, 0, 0)
print("HELD")
