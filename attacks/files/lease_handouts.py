"""No student makes those wait who change what is handed out.

must: hold
"""
import fcntl, json, os, signal, sys

shared = json.load(open("facts.json"))["shared"]
signal.signal(signal.SIGIO, signal.SIG_IGN)
for name in os.listdir(shared):
    file = os.open(os.path.join(shared, name), os.O_RDONLY)
    # Whoever writes to a file with a lease waits for 45 seconds.
    for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, kind)
        except OSError:
            continue
        sys.exit(f"BROKEN: a lease on {name}")
print("HELD")
