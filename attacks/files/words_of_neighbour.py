"""Of what a neighbour's program leaves in folders of the system nothing is seen.

must: hold
"""
import json, os, sys

facts = json.load(open("facts.json"))
seen = []
for folder in ("/dev/shm", "/tmp", "/var/tmp"):
    path = f"{folder}/alice-says"
    for ask in (os.stat, os.lstat, lambda path: os.open(path, os.O_RDONLY), lambda path: os.open(path, os.O_WRONLY)):
        try:
            ask(path)
        except OSError:
            continue
        seen.append(path)
    try:
        seen += [name for name in os.listdir(folder) if name == "alice-says"]
    except OSError:
        pass
# Without namespaces programs share these folders (docs/security.md).
if seen and facts["namespaces"]:
    sys.exit(f"BROKEN: {seen}")
print("HELD")
