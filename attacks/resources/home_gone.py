"""A program that deletes itself and all of its home, and leaves other things in its place, is no trap.

must: end finished
then: list-home
"""
import json, os, shutil, sys

facts = json.load(open("facts.json"))
for entry in os.scandir("."):
    shutil.rmtree(entry, True) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)
os.symlink(facts["neighbour"], "facts.json")
os.symlink(facts["neighbour"] + "/secret.txt", os.path.basename(__file__))
os.mkdir("hello.py")
for action in (
    lambda: os.rmdir(facts["home"]),
    lambda: os.rename(facts["home"], facts["home"] + "x"),
    lambda: os.symlink(facts["neighbour"], facts["home"]),
    lambda: os.rmdir(os.environ["TMPDIR"]),
):
    try:
        action()
        print("done")
    except OSError as error:
        print(error)
try:
    os.fchmod(os.open(".", os.O_RDONLY), 0)
except PermissionError as error:
    print(error)
