"""What a neighbour's home has in it cannot be asked by name.

must: hold
world: uid
"""
import json, os, sys

alice = json.load(open("facts.json"))["neighbour"]
for what, ask in (
    ("stat", os.stat),
    ("lstat", os.lstat),
    ("readlink", os.readlink),
    ("listxattr", os.listxattr),
    ("statvfs", os.statvfs),
    ("path", lambda path: os.open(path, os.O_PATH)),
):
    for name in ("secret.txt", "hello.py", "nothing"):
        try:
            ask(f"{alice}/{name}")
        except PermissionError:
            continue
        sys.exit(f"BROKEN: {what} of {name}")
if os.access(f"{alice}/secret.txt", os.F_OK):
    sys.exit("BROKEN: access")
print("HELD")
