"""No terminal but the own one can be opened, nor any master.

must: hold
"""
import json, os, stat, sys

facts = json.load(open("facts.json"))
# Nothing but its mode closes a terminal there, which is its owner's to change (docs/security.md).
is_owners_choice = not facts["namespaces"] and not facts["landlock"]
own = {os.fstat(number).st_rdev for number in (0, 1, 2)}
paths = ["/dev/ptmx", "/dev/pts/ptmx", "/dev/console", "/dev/tty0", "/dev/tty1", "/dev/ttyS0", "/dev/vcs", "/dev/vcsa1"]
paths += [f"/dev/pts/{number}" for number in range(64)]
for pid in (pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()):
    paths += [f"/proc/{pid}/fd/{number}" for number in range(16)]
for path in paths:
    for mode in (os.O_RDONLY, os.O_WRONLY):
        try:
            opened = os.open(path, mode | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            continue
        found = os.fstat(opened)
        is_given = is_owners_choice and found.st_mode & 0o006
        if stat.S_ISCHR(found.st_mode) and found.st_rdev not in own and not is_given:
            sys.exit(f"BROKEN: {path}")
        os.close(opened)
for number in range(3, 64):
    try:
        os.ttyname(number)
    except OSError:
        continue
    sys.exit(f"BROKEN: descriptor {number} is a terminal")
print("HELD")
