"""A lease on a file does not make the server wait for its holder.

must: end finished
then: list-home
"""
import fcntl, os, signal

signal.signal(signal.SIGIO, signal.SIG_IGN)
held = []
for name in ("leased.txt", "leased.py", "hello.py"):
    file = os.open(name, os.O_CREAT | os.O_RDWR)
    os.write(file, b"print(1)\n")
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX)
    except OSError as error:
        print(error)
    held.append(file)
