"""Children whose first thread has ended, and whose others go on, do not outlive their program.

must: end finished
must: within 20 s
"""
import ctypes, os, threading, time

libc = ctypes.CDLL(None, use_errno=True)
EXIT = 93 if os.uname().machine == "aarch64" else 60
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        threading.Thread(target=lambda: time.sleep(20) or os._exit(0)).start()
        # Of the first thread alone; the process is shown as a zombie from now on.
        libc.syscall(ctypes.c_long(EXIT), 0)
time.sleep(0.5)
