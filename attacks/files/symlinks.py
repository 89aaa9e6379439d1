"""A symbolic link reads no more than its maker.

must: hold
then: list-home
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
targets = {
    "secret": facts["neighbour"] + "/secret.txt",
    "database": facts["data"] + "/database/secret-key",
    "shadow": "/etc/shadow",
    "link": facts["link"],
    "environ": "/proc/1/environ",
    "chain": "secret",
}
for name, target in targets.items():
    os.symlink(target, name)
os.symlink(facts["neighbour"], "folder")
for path in [*targets, "folder/secret.txt", "folder/../" + os.path.basename(facts["neighbour"]) + "/secret.txt"]:
    for flags in (os.O_RDONLY, os.O_WRONLY):
        try:
            os.open(path, flags | os.O_NONBLOCK)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.ENOENT):
                raise
        else:
            sys.exit(f"BROKEN: {path}")
print("HELD")
