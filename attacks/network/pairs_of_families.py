"""Socket pairs are of the Unix family only.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
SOCKETPAIR = 199 if platform.machine() == "aarch64" else 53
ends = (ctypes.c_int * 2)()
for family in [*range(46), 2 | 1 << 32, 16 | 1 << 32, 1 << 31, 0xFFFF_FFFF]:
    for kind in (1, 2, 3, 5):
        result = libc.syscall(*map(ctypes.c_long, (SOCKETPAIR, family, kind, 0)), ends)
        if result == 0:
            os.close(ends[0]), os.close(ends[1])
            if family != 1:
                sys.exit(f"BROKEN: family {family:#x}")
        elif family != 1 and ctypes.get_errno() != errno.EPERM:
            sys.exit(f"BROKEN: family {family:#x} was looked at: {os.strerror(ctypes.get_errno())}")
print("HELD")
