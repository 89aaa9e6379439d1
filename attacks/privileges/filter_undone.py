"""No further filter answers for the kernel, and no signal handler gets refused calls.

must: hold
"""
import ctypes, errno, os, platform, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
SECCOMP = 277 if platform.machine() == "aarch64" else 317
allow = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow)))
for flags in (0, 1, 1 << 3, 1 << 4 | 1 << 3):
    made = libc.syscall(*map(ctypes.c_long, (SECCOMP, 1, flags, ctypes.addressof(program))))
    if made != -1:
        sys.exit(f"BROKEN: seccomp with flags {flags}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"BROKEN: seccomp was looked at: {os.strerror(ctypes.get_errno())}")
# One over prctl only takes more away, if it is allowed at all.
print(libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(program)), 0, 0))
import socket

try:
    socket.socket()
except PermissionError:
    print("HELD")
else:
    sys.exit("BROKEN: a socket")
