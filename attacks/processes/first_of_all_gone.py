"""Threads and children of a program whose first thread has ended do not outlive it.

must: end finished|error|stopped
must: within 20 s
"""
import ctypes, os, threading, time

libc = ctypes.CDLL(None)


def outlive():
    time.sleep(0.5)
    if os.fork() == 0:
        os.setsid()
        time.sleep(30)
        os._exit(0)
    time.sleep(2)
    os._exit(0)


threading.Thread(target=outlive, daemon=True).start()
# The first thread ends alone; the process is shown as a zombie while the other goes on.
libc.syscall(ctypes.c_long(93 if os.uname().machine == "aarch64" else 60), 0)
