"""A process that no longer wants to die with its parent still ends with its program.

must: end finished
"""
import ctypes, os, time

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 4, 15, 36
libc.prctl(PR_SET_PDEATHSIG, 0)
libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
if os.fork() == 0:
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(PR_SET_DUMPABLE, 0)
    libc.prctl(PR_SET_NAME, b"x) Z 0 0 0\n")
    os.setsid()
    if os.fork() == 0:
        time.sleep(30)
    time.sleep(30)
    os._exit(0)
time.sleep(0.2)
