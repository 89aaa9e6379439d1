"""Descriptors of every kind count, and no process gets more of them than it may have.

must: hold
"""
import ctypes, os, resource, select, socket, sys

libc = ctypes.CDLL(None, use_errno=True)


def check(number):
    if number == -1:
        raise OSError(ctypes.get_errno(), "no more")
    return [number]


kinds = {
    "files": lambda: [os.open("facts.json", os.O_RDONLY)],
    "paths": lambda: [os.open(".", os.O_PATH)],
    "nameless files": lambda: [os.open(os.environ["TMPDIR"], os.O_TMPFILE | os.O_RDWR)],
    "pipes": os.pipe,
    "socket pairs": lambda: [end.detach() for end in socket.socketpair()],
    "copies": lambda: [os.dup(1)],
    "epolls": lambda: check(libc.epoll_create1(0)),
    "events": lambda: check(libc.eventfd(0, 0)),
    "timers": lambda: check(libc.timerfd_create(1, 0)),
    "signals": lambda: check(libc.signalfd(-1, ctypes.create_string_buffer(128), 0)),
    "watchers": lambda: check(libc.inotify_init1(0)),
    "processes": lambda: [os.pidfd_open(os.getpid())],
    "terminals": lambda: [os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)],
    "memory files": lambda: check(libc.memfd_create(b"x", 0)),
}
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
for name, make in kinds.items():
    opened = []
    try:
        while len(opened) < 10_000:
            opened += make()
    except OSError as error:
        print(name, len(opened), error.strerror)
    for number in opened:
        os.close(number)
    if len(opened) > 128:
        sys.exit(f"BROKEN: {len(opened)} {name}")
print("HELD")
