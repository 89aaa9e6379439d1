"""A process cannot take its confinement off by prctl.

must: hold
"""
import ctypes, errno, os, sys

libc = ctypes.CDLL(None, use_errno=True)
SET_SECCOMP, GET_SECCOMP, CAPBSET_DROP, SET_SECUREBITS, SET_MM, SET_NO_NEW_PRIVS, SET_PTRACER = 22, 21, 24, 28, 35, 38, 0x59616D61
KEEPCAPS, ENDIAN, SYSCALL_USER_DISPATCH, SCHED_CORE, MCE_KILL, IO_FLUSHER, TIMING, TSC = 8, 20, 59, 62, 33, 57, 14, 26


def is_confined():
    status = open("/proc/self/status").read()
    return "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status


def attempt(what, *arguments):
    arguments = (*arguments, 0, 0, 0, 0)[:5]
    if libc.prctl(*map(ctypes.c_ulong, arguments)) != -1:
        sys.exit(f"BROKEN: {what}")


if not is_confined():
    sys.exit("BROKEN: not confined")
attempt("no_new_privs taken back", SET_NO_NEW_PRIVS, 0)
attempt("filters taken off", SET_SECCOMP, 0)
for capability in (0, 1, 7, 21):
    attempt("the bounding set changed", CAPBSET_DROP, capability)
for bits in (0x1, 0x2F, 0x10):
    attempt("secure bits changed", SET_SECUREBITS, bits)
attempt("another program's name taken", SET_MM, 13, os.open(sys.executable, os.O_RDONLY))
attempt("its memory's borders changed", SET_MM, 6, 0x1000)
attempt("made an I/O flusher", IO_FLUSHER, 1)
# Allowed, and of no use.
for arguments in ((KEEPCAPS, 1), (SET_PTRACER, -1), (SET_PTRACER, 1), (4, 2)):
    libc.prctl(*map(ctypes.c_ulong, (*(part & (1 << 64) - 1 for part in arguments), 0, 0, 0)))
if not is_confined():
    sys.exit("BROKEN: not confined any more")
try:
    os.setuid(0)
except OSError:
    print("HELD")
else:
    sys.exit("BROKEN: root")
