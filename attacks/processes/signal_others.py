"""No other process can be signalled, whichever call does it.

must: hold
"""
import ctypes, errno, json, os, platform, signal, sys

# Harmless where it arrives: what does not listen to it ignores it.
WINCH = signal.SIGWINCH
ARM = platform.machine() == "aarch64"
TGKILL, TKILL, QUEUE, TGQUEUE = (131, 130, 138, 240) if ARM else (234, 200, 129, 297)
libc = ctypes.CDLL(None, use_errno=True)
info = (ctypes.c_int * 32)(WINCH, 0, -1)
tried = 0


def call(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) == -1:
        raise OSError(ctypes.get_errno(), "refused")


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EACCES, errno.ESRCH, errno.ENOSYS):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


facts = json.load(open("facts.json"))
pids = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
pids |= {1, os.getppid(), facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1}
for pid in pids - {os.getpid(), 0}:
    tried += 1
    for number in (0, WINCH, signal.SIGCONT):
        attempt(f"kill {pid}", lambda: os.kill(pid, number))
    attempt(f"tgkill {pid}", lambda: call(TGKILL, pid, pid, WINCH))
    attempt(f"tkill {pid}", lambda: call(TKILL, pid, WINCH))
    attempt(f"sigqueue {pid}", lambda: call(QUEUE, pid, WINCH, ctypes.addressof(info)))
    attempt(f"tgsigqueue {pid}", lambda: call(TGQUEUE, pid, pid, WINCH, ctypes.addressof(info)))
    if hasattr(signal, "pidfd_send_signal"):
        try:
            opened = os.pidfd_open(pid)
        except OSError:
            continue
        attempt(f"pidfd_send_signal {pid}", lambda: signal.pidfd_send_signal(opened, WINCH))
        os.close(opened)
print(tried, "processes")
print("HELD" if tried else "nobody to attack")
