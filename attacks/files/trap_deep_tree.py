"""A tree deeper than any path is long is no trap.

must: end finished
then: list-home
"""
import os

for name in ("d", "e" * 200):
    here = os.open(".", os.O_RDONLY)
    for depth in range(2000):
        os.mkdir(name, dir_fd=here)
        inner = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("bottom.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
