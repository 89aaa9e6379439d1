"""No command to the terminal types for the student, takes it from others, or reaches the machine's console.

must: hold
"""
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
IOCTL = 29 if os.uname().machine == "aarch64" else 16
STI, CONS, SETD, LINUX, SCTTY, HANGUP, PEER, PACKET, CONSOLE, PGRP = (
    0x5412, 0x541D, 0x5423, 0x541C, 0x540E, 0x5437, 0x5441, 0x5420, 0x4B3A, 0x5410
)  # fmt: skip
block = ctypes.create_string_buffer(b"x" + bytes(255))
number = ctypes.create_string_buffer(bytes([2, 0, 0, 0]))
at = ctypes.addressof
for what, request, argument in (
    ("typing", STI, at(block)),
    ("typing by other bits", STI | 1 << 32, at(block)),
    ("typing by more bits", STI - (1 << 32), at(block)),
    ("the console's output", CONS, 0),
    ("another discipline", SETD, at(number)),
    ("another discipline by other bits", SETD | 1 << 32, at(number)),
    ("the console's selection", LINUX, at(number)),
    ("a stolen terminal", SCTTY, 1),
    ("a hangup", HANGUP, 0),
    ("the master's other end", PEER, os.O_RDWR),
    ("packets", PACKET, at(number)),
    ("the console's mode", CONSOLE, 1),
):
    child = os.fork()
    if child == 0:
        if request == SCTTY:
            os.setsid()
        for terminal in (0, os.open("/dev/tty", os.O_RDWR) if request != SCTTY else 1):
            if libc.syscall(*map(ctypes.c_long, (IOCTL, terminal, request, argument))) != -1:
                os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"BROKEN: {what}")
for other in {1, os.getppid()} - {0}:
    group = ctypes.c_int(other)
    if libc.ioctl(0, PGRP, ctypes.byref(group)) != -1:
        sys.exit("BROKEN: another's group has the terminal")
print("HELD")
