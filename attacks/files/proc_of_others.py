"""No other process's root, folder or descriptors lead anywhere.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
inside = facts["neighbour"] + "/secret.txt"
gone = (errno.ENOENT, errno.ESRCH)
tried = 0


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, *gone):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


others = {pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()}
# With namespaces nobody else is listed.
others |= {str(facts[name]) for name in ("neighbour_pid", "host_pid", "server_pid")} - {str(os.getpid())}
for pid in sorted(others)[:400]:
    at = f"/proc/{pid}"
    attempt(f"{at}/root", lambda: open(f"{at}/root{inside}").read())
    attempt(f"{at}/root listed", lambda: os.listdir(f"{at}/root/"))
    attempt(f"{at}/cwd listed", lambda: os.listdir(f"{at}/cwd/"))
    attempt(f"{at}/cwd read", lambda: os.readlink(f"{at}/cwd"))
    attempt(f"{at}/exe read", lambda: os.readlink(f"{at}/exe"))
    if facts["world"] == "uid":
        # Where all programs are one user's, the numbers can be seen, and nothing else of them.
        attempt(f"{at}/fd listed", lambda: os.listdir(f"{at}/fd"))
        attempt(f"{at}/fdinfo listed", lambda: os.listdir(f"{at}/fdinfo"))
    attempt(f"{at}/map_files listed", lambda: os.listdir(f"{at}/map_files"))
    for number in range(12):
        attempt(f"{at}/fd/{number}", lambda: os.open(f"{at}/fd/{number}", os.O_RDONLY | os.O_NONBLOCK))
    attempt(f"{at}/task root", lambda: os.listdir(f"{at}/task/{pid}/root/"))
    tried += 1
print(tried, "processes")
print("HELD" if tried else "nobody to attack")
