"""No process, not even an own one, can be traced.

must: hold
"""
import ctypes, errno, json, os, platform, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
PTRACE, KCMP, GETFD = (117, 272, 438) if platform.machine() == "aarch64" else (101, 312, 438)
TRACEME, PEEK, ATTACH, SEIZE = 0, 1, 16, 0x4206


def attempt(what, *arguments):
    if libc.syscall(*map(ctypes.c_long, arguments)) != -1:
        sys.exit(f"BROKEN: {what}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


attempt("traced by the parent", PTRACE, TRACEME, 0, 0, 0)
others = {os.getppid(), facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1}
for other in others - {os.getpid()}:
    for request in (ATTACH, SEIZE, PEEK):
        attempt(f"ptrace {request} of {other}", PTRACE, request, other, 0, 0)
    attempt(f"kcmp with {other}", KCMP, os.getpid(), other, 0, 0, 0)
    try:
        opened = os.pidfd_open(other)
    except OSError:
        continue
    for number in range(6):
        attempt(f"descriptor {number} of {other}", GETFD, opened, number, 0)
print("HELD")
