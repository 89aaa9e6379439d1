"""A home that its owner opens to all, and gives away, stays usable for her.

must: end finished
then: list-home
"""
import json, os

uid = json.load(open("facts.json"))["neighbour_uid"]
home = os.open(".", os.O_RDONLY)
with open("given.txt", "w") as file:
    file.write("x")
for change in (
    lambda: os.fchmod(home, 0o7777),
    lambda: os.fchown(home, uid, -1),
    lambda: os.chown("given.txt", uid, uid),
    lambda: os.chown("given.txt", 0, 0),
    lambda: os.setxattr(home, "system.posix_acl_access", b"\x02\0\0\0"),
    lambda: os.setxattr(home, "user.big", b"x" * 3000),
    lambda: os.setxattr("given.txt", "security.capability", b"\x01\0\0\x02" + b"\xff" * 16),
):
    try:
        change()
        print("done")
    except OSError as error:
        print(error)
