"""Calls that open large parts of the kernel are refused without a look at them.

must: hold
"""
import ctypes, errno, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
names = "bpf perf_event_open userfaultfd keyctl add_key request_key personality memfd_create memfd_secret seccomp".split()
names += "lookup_dcookie remap_file_pages vhangup modify_ldt iopl ioperm uselib nfsservctl sysfs ustat _sysctl".split()
x86 = (321, 298, 323, 250, 248, 249, 135, 319, 447, 317, 212, 216, 153, 154, 172, 173, 134, 180, 139, 136, 156)
arm = (280, 241, 282, 219, 217, 218, 92, 279, 447, 277, 18, 234, 58)
word = ctypes.create_string_buffer(b"user")
block = ctypes.create_string_buffer(256)
text, empty = ctypes.addressof(word), ctypes.addressof(block)
arguments = dict(
    bpf=(0, empty, 72), userfaultfd=(1,), keyctl=(0, -3, 1), add_key=(text, text, text, 1, -3), request_key=(text, text, 0, -3),
    personality=(0x0040000,), memfd_create=(text, 0), memfd_secret=(0,), perf_event_open=(empty, 0, -1, -1, 0),
    modify_ldt=(0, empty, 16), seccomp=(2, 0, empty), sysfs=(3, 0), ustat=(0, empty),
)  # fmt: skip
for name, number in zip(names, arm if ARM else x86):
    given = (*arguments.get(name, ()), 0, 0, 0, 0, 0, 0)[:6]
    if libc.syscall(*map(ctypes.c_long, (number, *given))) != -1:
        sys.exit(f"BROKEN: {name}")
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit(f"BROKEN: {name} was looked at: {os.strerror(ctypes.get_errno())}")
print("HELD")
