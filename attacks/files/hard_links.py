"""No hard link to another's file can be made.

must: hold
"""
import ctypes, errno, json, os, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
shared = facts["shared"]
targets = [facts["neighbour"] + "/secret.txt", facts["link"], "/etc/passwd", "/etc/shadow", sys.executable]
targets += [os.path.join(shared, name) for name in os.listdir(shared)][:1]
targets += [facts["data"] + "/database/secret-key"]
AT_FDCWD, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH = -100, 0x400, 0x1000


def linkat(folder, path, flags):
    if libc.linkat(folder, path.encode(), AT_FDCWD, b"linked", flags) == -1:
        raise OSError(ctypes.get_errno(), path)


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV, errno.ENOENT):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


for target in targets:
    attempt(target, lambda: os.link(target, "linked"))
    try:
        place = os.open(target, os.O_PATH)
    except OSError:
        continue
    attempt(f"{target}, opened", lambda: linkat(place, "", AT_EMPTY_PATH))
    attempt(f"{target}, over /proc", lambda: linkat(AT_FDCWD, f"/proc/self/fd/{place}", AT_SYMLINK_FOLLOW))
print("HELD")
