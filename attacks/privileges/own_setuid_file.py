"""A set-uid file of a student's own gives nobody anything, and no file gets capabilities.

must: hold
then: list-home
"""
import os, shutil, stat, subprocess, sys


def change_mode(place, mode):
    try:
        os.fchmod(place, mode)
    except PermissionError:
        # Where all programs are one user's, no mode can be changed.
        pass


os.umask(0)
file = os.open("id", os.O_CREAT | os.O_WRONLY, 0o6755)
os.write(file, open(shutil.which("id"), "rb").read())
os.close(file)
file = os.open("id", os.O_RDONLY)
change_mode(file, 0o6755)
for what, change in (
    ("owner", lambda: os.fchown(file, 0, -1)),
    ("group", lambda: os.fchown(file, -1, 0)),
    ("capability", lambda: os.setxattr(file, "security.capability", b"\x01\0\0\x02" + b"\xff" * 16)),
    ("trusted attribute", lambda: os.setxattr(file, "trusted.overlay.opaque", b"y")),
):
    try:
        change()
    except OSError:
        continue
    sys.exit(f"BROKEN: {what}")
os.close(file)
told = subprocess.run(["./id", "-u"], capture_output=True).stdout.strip()
if told and int(told) != os.getuid():
    sys.exit(f"BROKEN: it runs as {told}")
print("HELD")
