"""A neighbour's files cannot be read or listed.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
home, alice = facts["home"], facts["neighbour"]
name = os.path.basename(alice)


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


def from_within():
    os.chdir(alice)
    try:
        return os.listdir("."), open("secret.txt").read()
    finally:
        os.chdir(home)


attempt("read", lambda: open(f"{alice}/secret.txt").read())
attempt("read beside the own home", lambda: open(f"{home}/../{name}/secret.txt").read())
attempt("read relatively", lambda: open(f"../{name}/secret.txt").read())
attempt("read after chdir", from_within)
for kind, folder in (("home", alice), ("folder of homes", os.path.dirname(alice))):
    attempt(f"listed the {kind}", lambda: os.listdir(folder))
    attempt(f"scanned the {kind}", lambda: list(os.scandir(folder)))
    attempt(f"opened the {kind}", lambda: os.open(folder, os.O_RDONLY | os.O_DIRECTORY))
attempt("run", lambda: os.execv(f"{alice}/secret.txt", ["secret"]))
print("HELD")
