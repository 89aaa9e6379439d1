"""Sockets cannot be made by the numbers of another kind of machine: 32-bit and x32 calls.

must: hold
"""
import ctypes, errno, mmap, os, platform, signal, sys

if platform.machine() != "x86_64":
    print("no other numbers here")
    print("HELD")
    sys.exit()
libc = ctypes.CDLL(None, use_errno=True)
X32 = 0x4000_0000
for number, arguments in ((41, (2, 1, 0)), (53, (1, 1, 0, 0)), (39, ()), (57, ()), (101, (0, 0, 0, 0)), (272, (0x1000_0000,))):
    made = libc.syscall(*map(ctypes.c_long, (X32 | number, *arguments)))
    if made == 0 and number == 57:
        os._exit(0)
    if made != -1:
        sys.exit(f"BROKEN: x32 call {number}")
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit(f"BROKEN: x32 call {number} was looked at: {os.strerror(ctypes.get_errno())}")
# mov eax, edi; mov ebx, esi; mov ecx, edx; xor edx, edx; int 0x80; ret, with rbx kept.
code = bytes.fromhex("53 89f8 89f3 89d1 31d2 cd80 5b c3")
memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
memory.write(code)
old_call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(
    ctypes.addressof(ctypes.c_char.from_buffer(memory))
)
for what, number, one, two in (("getpid", 20, 0, 0), ("socket", 359, 2, 1), ("socketcall", 102, 1, 0), ("ptrace", 26, 0, 0)):
    # Either the kernel ends the child, or says no.
    child = os.fork()
    if child == 0:
        result = old_call(number, one, two)
        os._exit(0 if result in (-errno.EPERM, -errno.ENOSYS) else 1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 1:
        sys.exit(f"BROKEN: 32-bit {what}")
print("HELD")
