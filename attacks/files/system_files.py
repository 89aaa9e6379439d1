"""No file of the system that is not for everybody can be read, and none changed.

must: hold
"""
import errno, os, sys

refused = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.EINVAL)
secret = ["/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/sudoers", "/etc/ssh/ssh_host_ed25519_key"]
secret += ["/root", "/var/lib/private", "/var/spool/cron/crontabs", "/var/cache/ldconfig", "/etc/ssl/private"]
secret += ["/dev/mem", "/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/vda", "/dev/sda", "/dev/loop0", "/dev/net/tun", "/dev/console"]
secret += ["/var/run/docker.sock", "/run/containerd", "/var/run/secrets", "/proc/kmsg", "/proc/1/environ", "/proc/1/mem"]
changed = ["/etc/passwd", "/etc/ld.so.preload", "/etc/profile", "/etc/crontab", "/etc/resolv.conf", "/etc/hosts"]
changed += ["/usr/bin/env", "/bin/sh", "/usr/lib/os-release", "/etc/mallory", "/usr/mallory", "/mallory", "/bin/mallory"]


def attempt(what, action):
    try:
        got = action()
    except OSError as error:
        if error.errno not in refused:
            raise
    else:
        if got:
            sys.exit(f"BROKEN: {what}")


for path in secret:
    if os.path.isdir(path):
        attempt(f"listed {path}", lambda: os.listdir(path))
    else:
        attempt(f"read {path}", lambda: os.open(path, os.O_RDONLY | os.O_NONBLOCK))
for path in changed:
    attempt(f"wrote {path}", lambda: os.open(path, os.O_WRONLY | os.O_CREAT))
    attempt(f"deleted {path}", lambda: os.unlink(path))
print("HELD")
