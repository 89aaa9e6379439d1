"""The folders of other programs and the host's scratch folder are closed.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
scratch, temporary = facts["scratch"], os.environ["TMPDIR"]


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV, errno.EBUSY, errno.ENOENT):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


attempt("listed the scratch folder", lambda: os.listdir(scratch))
attempt("listed the programs' folders", lambda: os.listdir(os.path.dirname(temporary)))
for folder in (scratch, os.path.dirname(temporary), scratch + "/matplotlib"):
    attempt(f"a file made in {folder}", lambda: os.open(folder + "/fontlist-v390.json", os.O_CREAT | os.O_WRONLY))
    attempt(f"a folder made in {folder}", lambda: os.mkdir(folder + "/mallory"))
    attempt(f"a link made in {folder}", lambda: os.symlink("/", folder + "/mallory"))
attempt("the own one moved", lambda: os.rename(temporary, temporary + "x"))
attempt("the own one replaced", lambda: os.rmdir(temporary) or os.symlink(facts["neighbour"], temporary))
attempt("others' deleted", lambda: os.rmdir(os.path.dirname(temporary)))
print("HELD")
