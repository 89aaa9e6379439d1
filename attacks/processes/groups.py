"""No process can be put into a neighbour's group or session, nor a neighbour into the own.

must: hold
"""
import json, os, sys, termios

facts = json.load(open("facts.json"))
own = os.getpid()
others = {os.getppid(), 1, facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1} - {own}
for other in others:
    for what, action in (
        ("moved a neighbour", lambda: os.setpgid(other, own)),
        ("moved itself", lambda: os.setpgid(0, other)),
        ("gave the terminal away", lambda: os.tcsetpgrp(0, other)),
    ):
        try:
            action()
        except (OSError, termios.error):
            continue
        sys.exit(f"BROKEN: {what}: {other}")
child = os.fork()
if child == 0:
    os.setsid()
    try:
        os.setpgid(0, own)
    except PermissionError:
        os._exit(0)
    os._exit(1)
if os.waitpid(child, 0)[1] != 0:
    sys.exit("BROKEN: into another session's group")
print("HELD")
