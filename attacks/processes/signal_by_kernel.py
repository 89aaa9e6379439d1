"""The kernel sends no signal of the program's to another process: by descriptor, parent or death.

must: hold
"""
import ctypes, errno, fcntl, json, os, signal, struct, sys

facts = json.load(open("facts.json"))
others = {os.getppid(), 1, facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1} - {os.getpid()}
reading, writing = os.pipe()
for other in others:
    # SIGIO to whom it names, when bytes arrive: the kernel checks when it sends, so we cannot see it;
    # the neighbour's and the server's health, looked at afterwards, can.
    for kind in (0, 1):
        try:
            fcntl.fcntl(reading, 15, struct.pack("ii", kind, other))
            fcntl.fcntl(reading, fcntl.F_SETSIG if hasattr(fcntl, "F_SETSIG") else 10, signal.SIGKILL)
            fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
            os.write(writing, b"x")
            os.read(reading, 1)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ESRCH, errno.EACCES):
                raise
libc = ctypes.CDLL(None, use_errno=True)
# A clone whose end is told to the parent of its parent by SIGKILL.
CLONE_PARENT = 0x8000
child = libc.syscall(ctypes.c_long(220 if os.uname().machine == "aarch64" else 56), CLONE_PARENT | signal.SIGKILL, 0, 0, 0, 0)
if child == 0:
    os._exit(0)
print("HELD")
