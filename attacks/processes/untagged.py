"""No process can change the mark that tells whose it is, and outlive its program so.

must: hold
"""
import ctypes, errno, os, platform, resource, struct, sys, time

libc = ctypes.CDLL(None, use_errno=True)
SETRLIMIT, PRLIMIT = (164, 261) if platform.machine() == "aarch64" else (160, 302)
LOCKS = 10
before = resource.getrlimit(LOCKS)
new = ctypes.create_string_buffer(struct.pack("QQ", 1, 1))
child = os.fork()
if child == 0:
    time.sleep(5)
    os._exit(0)
for high in (0, 1 << 32, 1 << 63):
    for what, call in (
        ("setrlimit", (SETRLIMIT, LOCKS | high, ctypes.addressof(new))),
        ("prlimit", (PRLIMIT, 0, LOCKS | high, ctypes.addressof(new), 0)),
        ("prlimit of a child", (PRLIMIT, child, LOCKS | high, ctypes.addressof(new), 0)),
    ):
        call = [ctypes.c_long(ctypes.c_int64(part).value if part < 1 << 63 else part - (1 << 64)) for part in call]
        if libc.syscall(*call) != -1:
            sys.exit(f"BROKEN: {what}")
        if ctypes.get_errno() not in (errno.EPERM, errno.EACCES):
            sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
if resource.getrlimit(LOCKS) != before:
    sys.exit("BROKEN: it has changed")
os.kill(child, 9)
print("HELD")
