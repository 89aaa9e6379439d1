"""No request to a file reserves space on the disk.

must: hold
"""
import ctypes, os, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
file = os.open("reserved", os.O_CREAT | os.O_RDWR)
wanted = 10 << 30
# l_type, l_whence, l_start, l_len, l_sysid, l_pid, l_pad
space = struct.pack("hhxxxxqqIi16x", 0, 0, 0, wanted, 0, 0)
for what, request in (
    ("FS_IOC_RESVSP", 0x40305828),
    ("FS_IOC_RESVSP64", 0x4030582A),
    ("FS_IOC_ZERO_RANGE", 0x40305839),
    ("FS_IOC_RESVSP64 by other bits", 0x4030582A | 1 << 32),
):
    libc.ioctl(file, ctypes.c_ulong(request), space)
    if os.fstat(file).st_blocks > 0:
        sys.exit(f"BROKEN: {what} reserved {os.fstat(file).st_blocks // 2} KB")
for mode in (0, 1, 16, 1 | 16):
    libc.fallocate64(file, mode, ctypes.c_long(0), ctypes.c_long(wanted))
    if os.fstat(file).st_blocks > 0:
        sys.exit(f"BROKEN: fallocate in mode {mode}")
print("HELD")
