"""No call makes another user or group of a program.

must: hold
"""
import ctypes, json, os, sys

facts = json.load(open("facts.json"))
own = os.getresuid() + os.getresgid()
if 0 in own:
    sys.exit("BROKEN: it is root already")
libc = ctypes.CDLL(None, use_errno=True)
for other in (0, facts["neighbour_uid"], 19998, 19999, 1, 65534):
    if other in own:
        continue
    for what, action in (
        ("setuid", lambda: os.setuid(other)),
        ("seteuid", lambda: os.seteuid(other)),
        ("setreuid", lambda: os.setreuid(-1, other)),
        ("setresuid", lambda: os.setresuid(other, other, other)),
        ("setresuid of the saved one", lambda: os.setresuid(-1, -1, other)),
        ("setgid", lambda: os.setgid(other)),
        ("setegid", lambda: os.setegid(other)),
        ("setregid", lambda: os.setregid(-1, other)),
        ("setresgid", lambda: os.setresgid(other, other, other)),
        ("setgroups", lambda: os.setgroups([other])),
        ("initgroups", lambda: os.initgroups("root", other)),
    ):
        try:
            action()
        except OSError:
            continue
        sys.exit(f"BROKEN: {what} {other}")
    # These two never fail; they tell who it was before.
    libc.setfsuid(other), libc.setfsgid(other)
    if other in (libc.setfsuid(-1), libc.setfsgid(-1)):
        sys.exit(f"BROKEN: the files of {other}")
if os.getresuid() + os.getresgid() != own:
    sys.exit("BROKEN: it is another")
print("HELD")
