"""A neighbour's files cannot be made, changed, moved or deleted.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
alice = facts["neighbour"]
secret, new = alice + "/secret.txt", alice + "/from_mallory"
open("mine", "w").close()


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


attempt("opened for writing", lambda: os.open(secret, os.O_WRONLY))
attempt("opened for appending", lambda: os.open(secret, os.O_WRONLY | os.O_APPEND))
attempt("opened for both", lambda: os.open(secret, os.O_RDWR))
attempt("made a file", lambda: os.open(new, os.O_CREAT | os.O_WRONLY))
attempt("made a nameless file", lambda: os.open(alice, os.O_TMPFILE | os.O_WRONLY))
attempt("made a folder", lambda: os.mkdir(new))
attempt("made a link", lambda: os.symlink("/", new))
attempt("made a pipe", lambda: os.mkfifo(new))
attempt("moved something in", lambda: os.rename("mine", new))
attempt("linked something in", lambda: os.link("mine", new))
attempt("moved it out", lambda: os.rename(secret, "taken"))
attempt("moved it within", lambda: os.rename(secret, new))
attempt("moved the home", lambda: os.rename(alice, alice + "2"))
attempt("changed its mode", lambda: os.chmod(secret, 0o666))
attempt("changed the home's mode", lambda: os.chmod(alice, 0o777))
attempt("changed its owner", lambda: os.chown(secret, os.getuid(), os.getgid()))
attempt("changed its times", lambda: os.utime(secret, (1, 1)))
attempt("changed its attributes", lambda: os.setxattr(secret, "user.mallory", b"1"))
attempt("cut", lambda: os.truncate(secret, 1))
attempt("deleted", lambda: os.unlink(secret))
attempt("deleted the home", lambda: os.rmdir(alice))
print("HELD")
