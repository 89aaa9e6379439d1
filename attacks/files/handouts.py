"""What professors hand out can be read and not changed.

must: hold
"""
import errno, json, os, sys

shared = json.load(open("facts.json"))["shared"]
names = os.listdir(shared)
first = os.path.join(shared, names[0])
open(first).read()


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


new = shared + "/from_mallory"
open("mine", "w").close()
attempt("written", lambda: os.open(first, os.O_WRONLY))
attempt("appended", lambda: os.open(first, os.O_WRONLY | os.O_APPEND))
attempt("cut", lambda: os.truncate(first, 0))
attempt("a file made", lambda: os.open(new, os.O_CREAT | os.O_WRONLY))
attempt("a folder made", lambda: os.mkdir(new))
attempt("a link made", lambda: os.symlink("/etc/passwd", new))
attempt("a hard link made", lambda: os.link("mine", new))
attempt("something moved in", lambda: os.rename("mine", new))
attempt("moved out", lambda: os.rename(first, "taken"))
attempt("the mode changed", lambda: os.chmod(first, 0o777))
attempt("the times changed", lambda: os.utime(first, (1, 1)))
attempt("the folder's mode changed", lambda: os.chmod(shared, 0o777))
attempt("the folder moved", lambda: os.rename(shared, shared + "2"))
attempt("deleted", lambda: os.unlink(first))
place = os.open(first, os.O_RDONLY)
attempt("the mode changed by descriptor", lambda: os.fchmod(place, 0o777))
attempt("the owner changed by descriptor", lambda: os.fchown(place, os.getuid() + 1, -1))
attempt("the times changed by descriptor", lambda: os.utime(place, (1, 1)))
attempt("an attribute set by descriptor", lambda: os.setxattr(place, "user.mallory", b"1"))
print("HELD")
