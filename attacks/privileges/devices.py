"""No device can be made, and none but the harmless ones opened.

must: hold
"""
import errno, os, stat, sys

refused = (errno.EPERM, errno.EACCES, errno.ENXIO, errno.ENODEV, errno.ENOENT, errno.EROFS)
harmless = {"null", "zero", "full", "tty", "random", "urandom", "stdin", "stdout", "stderr", "fd", "shm", "core", "ptmx"}
for major, minor, kind in ((1, 1, stat.S_IFCHR), (1, 5, stat.S_IFCHR), (5, 1, stat.S_IFCHR), (10, 200, stat.S_IFCHR), (8, 0, stat.S_IFBLK), (7, 0, stat.S_IFBLK)):
    for place in (".", os.environ["TMPDIR"], "/dev", "/dev/shm"):
        try:
            os.mknod(f"{place}/mallory", kind | 0o600, os.makedev(major, minor))
        except OSError as error:
            if error.errno not in refused:
                raise
        else:
            sys.exit(f"BROKEN: device {major}:{minor} in {place}")
try:
    names = os.listdir("/dev")
except PermissionError:
    names = []
for name in names:
    path = f"/dev/{name}"
    if name in harmless or not stat.S_ISCHR(os.lstat(path).st_mode) and not stat.S_ISBLK(os.lstat(path).st_mode):
        continue
    for mode in (os.O_RDONLY, os.O_WRONLY):
        try:
            os.close(os.open(path, mode | os.O_NONBLOCK | os.O_NOCTTY))
        except OSError:
            continue
        sys.exit(f"BROKEN: {path}")
for path in ("/dev/fuse", "/dev/net/tun", "/dev/kvm", "/dev/loop-control", "/dev/vhost-vsock", "/dev/userfaultfd", "/dev/uinput", "/dev/dri/card0", "/dev/hpet"):
    for mode in (os.O_RDONLY, os.O_RDWR):
        try:
            os.open(path, mode | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            continue
        sys.exit(f"BROKEN: {path}")
print("HELD")
