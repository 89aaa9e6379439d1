"""A set-uid, set-gid or capable file of the system gives nothing.

must: hold
"""
import os, stat, subprocess, sys

if "NoNewPrivs:\t1" not in open("/proc/self/status").read():
    sys.exit("BROKEN: set-uid programs give privileges")
null = subprocess.DEVNULL
for folder in ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/openssh", "/usr/lib/dbus-1.0"):
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        path = f"{folder}/{name}"
        try:
            found = os.stat(path)
            capable = "security.capability" in os.listxattr(path)
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and found.st_mode & (stat.S_ISUID | stat.S_ISGID) or capable:
            print("found", path)
# What is itself set-uid and tells who it is.
for command in (["su", "-c", "id -u"], ["sudo", "-n", "id", "-u"], ["pkexec", "id", "-u"], ["newgrp", "root"], ["passwd", "-d", "root"]):
    try:
        done = subprocess.run(command, stdin=null, capture_output=True, timeout=5, start_new_session=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error)
        continue
    if done.stdout.strip() == b"0" or (command[0] == "passwd" and done.returncode == 0):
        sys.exit(f"BROKEN: {command}")
for command in (["mount", "-t", "tmpfs", "x", "."], ["umount", "/proc"], ["fusermount3", "-u", "/proc"]):
    try:
        done = subprocess.run(command, stdin=null, capture_output=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        continue
    if done.returncode == 0:
        sys.exit(f"BROKEN: {command}")
print("HELD")
