"""Commands that the terminal does not know, with arguments that make no sense, harm nobody.

must: hold
"""
import ctypes, os, signal, sys, termios, time

signal.signal(signal.SIGTTOU, signal.SIG_IGN)
before = termios.tcgetattr(0)
libc = ctypes.CDLL(None, use_errno=True)
block = ctypes.create_string_buffer(4096)
child = os.fork()
if child == 0:
    for request in (*range(0x5400, 0x5500), *range(0x4B00, 0x4C00), *range(0x5600, 0x5640), *range(0x8900, 0x8A00)):
        for argument in (None, ctypes.c_void_p(ctypes.addressof(block)), ctypes.c_void_p(0xFFFF_FFFF_FFFF_0000), 0x7FFF_FFFF):
            libc.ioctl(0, request, argument)
            # Among them is what stops the output.
            termios.tcflow(0, termios.TCOON)
    os._exit(0)
os.waitpid(child, 0)
for place in (0, 1, 2):
    os.set_blocking(place, True)
termios.tcsetattr(0, termios.TCSANOW, before)
print("HELD")
