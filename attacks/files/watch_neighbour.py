"""No watch tells the names of a neighbour's files, or when they are read.

must: hold
"""
import ctypes, errno, json, os, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
watcher = libc.inotify_init()
if watcher == -1:
    if ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        sys.exit("no watcher, for another reason")
    print("HELD")
    sys.exit()
alice, data = facts["neighbour"], facts["data"]
for path in (
    alice,
    alice + "/secret.txt",
    os.path.dirname(alice),
    data + "/database",
    os.path.dirname(facts["link"]),
    os.path.dirname(os.environ["TMPDIR"]),
):
    if libc.inotify_add_watch(watcher, path.encode(), 0xFFF) != -1:
        sys.exit(f"BROKEN: {path} is being watched")
    if ctypes.get_errno() not in (errno.EACCES, errno.EPERM):
        sys.exit(f"{path}: {os.strerror(ctypes.get_errno())}")
print("HELD")
