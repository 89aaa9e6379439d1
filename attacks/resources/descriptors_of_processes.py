"""A program whose processes all hold what they can keeps nobody else from opening files.

must: end finished|processes
"""
import ctypes, os, time

libc = ctypes.CDLL(None, use_errno=True)
for _ in range(28):
    if os.fork() == 0:
        try:
            for number in range(200):
                # Both are counted for each user, and not for each process, too.
                if libc.inotify_init1(0) == -1:
                    break
            while True:
                os.pipe()
        except OSError:
            pass
        time.sleep(20)
        os._exit(0)
time.sleep(1)
