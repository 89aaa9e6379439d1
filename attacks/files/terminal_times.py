"""Nothing tells when a neighbour's terminal was written to, nor whose it is.

must: hold
"""
import json, os, stat, sys

facts = json.load(open("facts.json"))
own = os.fstat(0)
if os.stat(os.ttyname(0)).st_rdev != own.st_rdev:
    sys.exit("the own terminal has no name")
with open("/dev/tty", "w") as terminal:
    terminal.write("mine\n")
seen = []
for number in range(256):
    try:
        found = os.stat(f"/dev/pts/{number}")
    except OSError:
        continue
    if stat.S_ISCHR(found.st_mode) and found.st_rdev != own.st_rdev:
        seen.append((number, found.st_uid, oct(found.st_mode), found.st_mtime))
# Without namespaces all terminals are in one folder (docs/security.md).
if seen and facts["namespaces"]:
    sys.exit(f"BROKEN: {seen}")
print("HELD")
