"""A program has no capability and gets none.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
CAPSET = 91 if platform.machine() == "aarch64" else 126
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    if int(status[name], 16):
        sys.exit(f"BROKEN: {name} is {status[name]}")
if status["NoNewPrivs"] != "1":
    sys.exit("BROKEN: set-uid programs give privileges")
if status["Groups"].split() and set(map(int, status["Groups"].split())) - {os.getgid()}:
    sys.exit(f"BROKEN: groups {status['Groups']}")
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
for effective, permitted, inheritable in ((~0, ~0, ~0), (0, ~0, 0), (0, 0, ~0), (1 << 21, 1 << 21, 0)):
    data = (ctypes.c_uint32 * 6)(*[part & 0xFFFF_FFFF for part in (effective, permitted, inheritable) * 2])
    if libc.syscall(ctypes.c_long(CAPSET), header, data) != -1:
        sys.exit("BROKEN: capset")
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit("capset was looked at")
PR_CAP_AMBIENT, RAISE = 47, 2
for capability in range(64):
    if libc.prctl(PR_CAP_AMBIENT, RAISE, capability, 0, 0) != -1:
        sys.exit(f"BROKEN: ambient {capability}")
print("HELD")
