"""No process can be preferred by priority, policy or disk.

must: hold
"""
import ctypes, os, platform, sys

libc = ctypes.CDLL(None, use_errno=True)
IOPRIO, SETATTR = (30, 274) if platform.machine() == "aarch64" else (251, 314)


def attempt(what, action):
    try:
        action()
    except OSError:
        return
    sys.exit(f"BROKEN: {what}")


def call(*arguments):
    if libc.syscall(*map(ctypes.c_long, arguments)) == -1:
        raise OSError(ctypes.get_errno(), "refused")


nice = os.getpriority(os.PRIO_PROCESS, 0)
attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20))
attempt("nice by one", lambda: os.setpriority(os.PRIO_PROCESS, 0, nice - 1))
attempt("nice of the group", lambda: os.setpriority(os.PRIO_PGRP, 0, nice - 1))
for policy in (os.SCHED_FIFO, os.SCHED_RR):
    attempt(f"policy {policy}", lambda: os.sched_setscheduler(0, policy, os.sched_param(1)))
    attempt(f"policy {policy}, not inherited", lambda: os.sched_setscheduler(0, policy | 0x40000000, os.sched_param(99)))
deadline = (ctypes.c_uint64 * 7)(56 | 6 << 32, 0, 0, 10**7, 10**9, 10**9)
attempt("deadlines", lambda: call(SETATTR, 0, ctypes.addressof(deadline), 0))
attempt("real-time disk", lambda: call(IOPRIO, 1, 0, 1 << 13))
attempt("best-effort disk, first", lambda: call(IOPRIO, 1, 0, 2 << 13))
# What has been put behind stays there.
os.setpriority(os.PRIO_PROCESS, 0, nice + 1)
attempt("nice as before", lambda: os.setpriority(os.PRIO_PROCESS, 0, nice))
print("HELD")
