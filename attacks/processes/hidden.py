"""No process makes itself one that nobody may look into, nor a thread that shares no open files with the others.

must: hold
"""
import ctypes, os

PR_SET_DUMPABLE = 4
CLONE_VM, CLONE_SIGHAND, CLONE_THREAD = 0x100, 0x800, 0x10000
libc = ctypes.CDLL(None, use_errno=True)
clone = ctypes.c_long(220 if os.uname().machine == "aarch64" else 56)
for dumpable in (0, 2, 1 << 32):
    if libc.prctl(PR_SET_DUMPABLE, ctypes.c_ulong(dumpable), 0, 0, 0) == 0:
        print(f"BROKEN: dumpable is {dumpable}")
# Without a stack: a kernel that takes these flags ends the program.
flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD
print("trying", flush=True)
if libc.syscall(clone, ctypes.c_ulong(flags), None, None, None, None) != -1:
    print("BROKEN: a thread with open files of its own")
print("HELD")
