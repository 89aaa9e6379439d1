"""Ten thousand files and more in one folder are no trap.

must: end finished|disk
must: within 60 s
then: list-home
"""
import os

os.mkdir("many")
here = os.open("many", os.O_RDONLY)
for number in range(12_000):
    os.close(os.open(f"{number}.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
