"""A process that leaves for a new one every few microseconds ends with its program.

must: end finished|forks
must: within 20 s
"""
import ctypes, mmap, os, platform, sys, time

if platform.machine() != "x86_64":
    sys.exit(print("no code for this machine"))
# clone(CLONE_VM | SIGCHLD); the child goes on, the parent exits; a million times, then none is left.
code = bytes.fromhex(
    "41bc40420f00"  # mov r12d, 1000000
    "b838000000bf11010000"  # loop: mov eax, 56 (clone); mov edi, 0x111
    "31f631d24d31d24d31c00f05"  # no stack, no ids
    "41ffcc7404"  # dec r12d; jz exit
    "85c07ee1"  # test eax, eax; jle loop: the child, or a clone that failed
    "31ffb83c0000000f05"  # exit: exit(0)
)
memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(code)
run = ctypes.PYFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
for _ in range(4):
    try:
        if os.fork() == 0:
            os.setsid()
            run()
    except BlockingIOError:
        # Those that are gone and not yet taken away count, too.
        break
time.sleep(0.2)
