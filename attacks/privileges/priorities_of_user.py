"""A student's word about all processes of the own user is none about a neighbour's.

must: hold
"""
import json, os, sys

facts = json.load(open("facts.json"))
others = {os.getppid(), 1, facts["neighbour_pid"] or 1, facts["host_pid"], facts["server_pid"]} - {0, os.getpid()}


def priorities():
    found = {}
    for other in others:
        try:
            found[other] = os.getpriority(os.PRIO_PROCESS, other)
        except OSError:
            pass
    return found


before = priorities()
for user in (0, os.getuid()):
    try:
        os.setpriority(os.PRIO_USER, user, max(before.values(), default=0) + 1)
    except OSError as error:
        print(error)
if priorities() != before:
    sys.exit(f"BROKEN: {before} is {priorities()}")
print("HELD" if before else "nobody to attack")
