"""Stopped processes, and those that wake each other, end with their program.

must: end finished
"""
import os, signal, time

children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(30)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, os.WUNTRACED)
for _ in range(4):
    if os.fork() == 0:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for child in children:
                try:
                    os.kill(child, signal.SIGCONT)
                except OSError:
                    pass
            time.sleep(0.01)
        os._exit(0)
