"""The kernel gives a socket of a pair no name by itself, under which others could write to it.

must: hold
"""
import socket, sys

for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
    try:
        one, other = socket.socketpair(socket.AF_UNIX, kind)
    except PermissionError:
        continue
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    except PermissionError:
        pass
    for send in (lambda: one.send(b"x"), lambda: one.sendto(b"x", b"\0nobody"), lambda: one.sendto(b"x", "/nowhere")):
        try:
            send()
        except OSError as error:
            print(error)
    for end in (one, other):
        if end.getsockname():
            sys.exit(f"BROKEN: it is called {end.getsockname()!r}")
print("HELD")
