"""A home whose name begins like the own one is another's.

must: hold
"""
import errno, json, os, sys

home = json.load(open("facts.json"))["home"]
parent = os.path.dirname(home)


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


open("mine", "w").close()
for other in (home + "2", home + ".txt", home + " ", home[:-1], home + "/../" + os.path.basename(home) + "3"):
    attempt(f"made {other}", lambda: os.mkdir(other))
    attempt(f"wrote {other}", lambda: os.open(other, os.O_CREAT | os.O_WRONLY))
    attempt(f"linked {other}", lambda: os.symlink(home, other))
    attempt(f"moved to {other}", lambda: os.rename("mine", other))
    attempt(f"moved the own home to {other}", lambda: os.rename(home, other))
attempt("listed the homes", lambda: os.listdir(parent))
attempt("removed the own home", lambda: os.rmdir(home))
print("HELD")
