"""A datagram from a socket pair cannot be addressed to anybody else's socket.

must: hold
"""
import ctypes, errno, json, os, socket, sys

facts = json.load(open("facts.json"))
open("plain", "w").close()
refused = (errno.EPERM, errno.EACCES)
for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    try:
        one, other = socket.socketpair(socket.AF_UNIX, kind)
    except PermissionError:
        continue
    for address in (facts["link"], os.path.abspath("plain"), "/dev/log", "/run/systemd/notify", b"\0mallory", b"\0/org/x"):
        for what, send in (
            ("sendto", lambda: one.sendto(b"", address)),
            ("sendmsg", lambda: one.sendmsg([b""], [], 0, address)),
        ):
            try:
                sent = send()
            except OSError as error:
                # These two kinds know no address but their own peer's.
                if error.errno in (*refused, errno.EISCONN, errno.EOPNOTSUPP):
                    continue
                sys.exit(f"BROKEN: {what} looked for {address!r}: {error}")
            if kind != socket.SOCK_SEQPACKET:
                sys.exit(f"BROKEN: {what} reached {address!r}")
            other.recv(10)
print("HELD")
