"""A chain of processes that each wait within vfork ends with its program.

must: end finished
must: within 20 s
"""
import ctypes, os, platform, signal, time

libc = ctypes.PyDLL(None, use_errno=True)
CLONE = 220 if platform.machine() == "aarch64" else 56
CLONE_VFORK = 0x4000
if os.fork() == 0:
    for depth in range(12):
        # The parent sleeps where no signal but SIGKILL wakes it, until its child ends.
        if libc.syscall(ctypes.c_long(CLONE), CLONE_VFORK | signal.SIGCHLD, 0, 0, 0, 0) != 0:
            os._exit(0)
    os.setsid()
    time.sleep(30)
    os._exit(0)
time.sleep(0.5)
