"""Timers and signals that wait are few.

must: hold
"""
import ctypes, os, signal, sys

libc = ctypes.CDLL(None, use_errno=True)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
timer = ctypes.c_void_p()
made = 0
while made < 100_000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0:
    made += 1
queued = 0
info = (ctypes.c_int * 32)(signal.SIGRTMIN, 0, -1)
QUEUE = 138 if os.uname().machine == "aarch64" else 129
while queued < 100_000 and libc.syscall(*map(ctypes.c_long, (QUEUE, os.getpid(), signal.SIGRTMIN, ctypes.addressof(info)))) == 0:
    queued += 1
if made + queued > 5000:
    sys.exit(f"BROKEN: {made} timers, {queued} signals")
print(made, "timers", queued, "signals")
print("HELD")
