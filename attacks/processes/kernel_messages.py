"""Programs cannot talk by what the kernel keeps without a file: System V and POSIX queues, semaphores, abstract sockets.

must: hold
"""
import ctypes, errno, platform, socket, sys

libc = ctypes.CDLL(None, use_errno=True)
KEY, MAKE = 0x97, 0o1666
numbers = dict(shmget=194, semget=190, msgget=186, mq_open=180) if platform.machine() == "aarch64" else dict(
    shmget=29, semget=64, msgget=68, mq_open=240
)  # fmt: skip
name = ctypes.create_string_buffer(b"alice-says")
for call, arguments in dict(
    shmget=(KEY, 4096, MAKE), semget=(KEY, 1, MAKE), msgget=(KEY, MAKE), mq_open=(ctypes.addressof(name), 0o102, 0o666, 0)
).items():  # fmt: skip
    if libc.syscall(*map(ctypes.c_long, (numbers[call], *arguments))) != -1:
        sys.exit(f"BROKEN: {call}")
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit(f"BROKEN: {call} was looked at: {ctypes.get_errno()}")
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        socket.socket(socket.AF_UNIX, kind)
    except OSError:
        continue
    sys.exit("BROKEN: a socket that could be named")
print("HELD")
