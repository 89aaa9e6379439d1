"""The memory of processes whose first thread has ended counts.

must: end memory
"""
import ctypes, os, threading, time

libc = ctypes.CDLL(None, use_errno=True)
EXIT = 93 if os.uname().machine == "aarch64" else 60


def fill():
    time.sleep(0.2)
    kept = b"x" * (100 << 20)
    time.sleep(20)
    os._exit(0)


for _ in range(8):
    if os.fork() == 0:
        threading.Thread(target=fill).start()
        # Of the first thread alone.
        libc.syscall(ctypes.c_long(EXIT), 0)
time.sleep(8)
print("BROKEN: 800 MB")
