"""Pipes and sockets in a home block nobody who opens them, and no device can be made.

must: hold
then: list-home
"""
import os, stat, sys

os.mkdir("folder")
for name in ("pipe.py", "pipe.txt", "folder/pipe.csv", "index.html"):
    os.mkfifo(name)
for kind, name in ((stat.S_IFSOCK, "socket.txt"), (stat.S_IFREG, "plain.txt")):
    try:
        os.mknod(name, kind | 0o666)
    except PermissionError as error:
        print(error)
for kind, name, device in (
    (stat.S_IFCHR, "memory", os.makedev(1, 1)),
    (stat.S_IFCHR, "null", os.makedev(1, 3)),
    (stat.S_IFBLK, "disk", os.makedev(8, 0)),
    (stat.S_IFBLK, "disk2", os.makedev(254, 0)),
):
    try:
        os.mknod(name, kind | 0o666, device)
    except PermissionError:
        continue
    sys.exit(f"BROKEN: the device {name}")
print("HELD")
