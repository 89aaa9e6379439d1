"""A storm of timers is time of the program's own.

must: end processor_time
must: within 60 s
"""
import ctypes, signal, time

libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGALRM, lambda *_: None)
every = (ctypes.c_long * 4)(0, 1000, 0, 1000)
for clock in (0, 1, 7):
    for _ in range(300):
        timer = ctypes.c_void_p()
        if libc.timer_create(clock, None, ctypes.byref(timer)) == 0:
            libc.timer_settime(timer, 0, every, None)
signal.setitimer(signal.ITIMER_REAL, 0.000001, 0.000001)
until = time.monotonic() + 50
while time.monotonic() < until:
    signal.pause()
print("BROKEN: 50 s of it")
