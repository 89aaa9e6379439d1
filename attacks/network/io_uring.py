"""No ring can be made, which would make sockets and open files beside the filter.

must: hold
"""
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
parameters = ctypes.create_string_buffer(256)
SETUP, ENTER, REGISTER = 425, 426, 427
for what, arguments in (
    ("setup", (SETUP, 1, ctypes.addressof(parameters))),
    ("enter", (ENTER, 0, 1, 0, 0, 0, 0)),
    ("register", (REGISTER, 0, 0, 0, 0)),
    ("blind register", (REGISTER, -1, 31, ctypes.addressof(parameters), 1)),
):
    if libc.syscall(*map(ctypes.c_long, arguments)) != -1:
        sys.exit(f"BROKEN: {what}")
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit(f"BROKEN: {what} was looked at: {os.strerror(ctypes.get_errno())}")
print("HELD")
