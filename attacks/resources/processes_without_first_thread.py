"""Threads count whose process's first thread has ended.

must: end processes|error
"""
import ctypes, os, threading, time

libc = ctypes.CDLL(None, use_errno=True)
EXIT = 93 if os.uname().machine == "aarch64" else 60
made = 0
try:
    for _ in range(60):
        if os.fork() == 0:
            threading.Thread(target=time.sleep, args=(10,)).start()
            libc.syscall(ctypes.c_long(EXIT), 0)
        made += 1
        time.sleep(0.01)
except OSError as error:
    raise SystemExit(f"no more than {made}: {error}")
time.sleep(2)
print(f"BROKEN: {made} processes")
