"""No namespace can be made or entered, a user namespace least of all.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
UNSHARE, SETNS, CLONE, CLONE3 = (97, 268, 220, 435) if ARM else (272, 308, 56, 435)
flags = {"time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000}
flags |= {"user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}
refused = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def attempt(what, *arguments):
    made = libc.syscall(*map(ctypes.c_long, arguments))
    if made == 0 and arguments[0] in (CLONE, CLONE3):
        os._exit(0)
    if made != -1:
        sys.exit(f"BROKEN: {what}")
    if ctypes.get_errno() not in refused:
        sys.exit(f"BROKEN: {what} was looked at: {os.strerror(ctypes.get_errno())}")


for name, flag in {**flags, "user and all": sum(flags.values())}.items():
    child = os.fork()
    if child == 0:
        attempt(f"unshare {name}", UNSHARE, flag)
        if flag != 0x80:
            # clone takes the lowest byte for a signal.
            for high in (0, 1 << 32):
                attempt(f"clone {name}", CLONE, flag & ~0xFF | 17 | high, 0, 0, 0, 0)
        arguments = (ctypes.c_uint64 * 11)(flag, 0, 0, 0, 17)
        attempt(f"clone3 {name}", CLONE3, ctypes.addressof(arguments), 88)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("BROKEN: as told above")
into_cgroup = (ctypes.c_uint64 * 11)(1 << 33, 0, 0, 0, 17)
attempt("clone3 into a cgroup", CLONE3, ctypes.addressof(into_cgroup), 88)
for name in os.listdir("/proc/self/ns"):
    try:
        place = os.open(f"/proc/self/ns/{name}", os.O_RDONLY)
    except OSError:
        continue
    attempt(f"setns {name}", SETNS, place, 0)
attempt("setns of a process", SETNS, os.pidfd_open(os.getppid() or os.getpid()), 0x10000000)
print("HELD")
