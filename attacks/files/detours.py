"""No detour over an opened path or /proc leads into a neighbour's home.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
home, alice = facts["home"], facts["neighbour"]
inside = alice + "/secret.txt"


def attempt(what, action):
    try:
        action()
    except OSError as error:
        # Whether it is a folder is told before anything else.
        if error.errno not in (errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


for root in ("/proc/self/root", "/proc/thread-self/root", f"/proc/{os.getpid()}/task/{os.getpid()}/root"):
    attempt(root, lambda: open(root + inside).read())
for cwd in ("/proc/self/cwd", "/proc/thread-self/cwd", f"/dev/fd/../cwd"):
    attempt(cwd, lambda: open(f"{cwd}/../{os.path.basename(alice)}/secret.txt").read())
own = os.open(home, os.O_PATH)
attempt("beside an opened home", lambda: os.open(f"../{os.path.basename(alice)}/secret.txt", os.O_RDONLY, dir_fd=own))
attempt("beside /proc/self/fd", lambda: open(f"/proc/self/fd/{own}/../{os.path.basename(alice)}/secret.txt").read())
for path in (inside, alice):
    # To open a path for nothing is not denied by Landlock; to use it must be.
    try:
        place = os.open(path, os.O_PATH)
    except PermissionError:
        continue
    attempt("a path made readable", lambda: os.open(f"/proc/self/fd/{place}", os.O_RDONLY))
    attempt("a path listed", lambda: os.listdir(f"/proc/self/fd/{place}"))
    attempt("a file in a path", lambda: os.open("secret.txt", os.O_RDONLY, dir_fd=place))
    attempt("a file made in a path", lambda: os.open("mine", os.O_CREAT | os.O_WRONLY, dir_fd=place))
    attempt("written over a path", lambda: os.open(f"/proc/self/fd/{place}", os.O_WRONLY))
print("HELD")
