"""The server follows no link that a student leaves.

must: end finished
then: list-home
"""
import json, os

facts = json.load(open("facts.json"))
links = {
    "attack_link.txt": facts["neighbour"] + "/secret.txt",
    "etc.txt": "/etc/passwd",
    "environ.txt": "/proc/self/environ",
    "root": "/",
    "neighbour": facts["neighbour"],
    "homes": "..",
    "database": facts["data"],
    "self.txt": "self.txt",
    "one.txt": "two.txt",
    "two.txt": "one.txt",
    "nowhere.py": "/nowhere",
    "terminal.txt": "/dev/tty",
    "random.bin": "/dev/urandom",
    "zero.bin": "/dev/zero",
    "server.txt": f"/proc/{facts['server_pid']}/environ",
    ".pythonide-save-1": facts["neighbour"] + "/secret.txt",
    "long.txt": "a/" * 2000,
}
for name, target in links.items():
    os.symlink(target, name)
os.mkdir("folder")
os.symlink("../neighbour/secret.txt", "folder/secret.txt")
os.symlink(".", "folder/round")
