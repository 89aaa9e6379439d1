"""A socket of no family, IP least of all, can be made.

must: hold
"""
import errno, socket, sys

refused = (errno.EPERM, errno.EACCES)
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, 10):
        for protocol in (0, 1, 6, 17, 255):
            try:
                made = socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
            except OSError as error:
                if error.errno not in refused:
                    sys.exit(f"BROKEN: family {family} was looked at: {error}")
            else:
                made.close()
                sys.exit(f"BROKEN: family {family}, kind {kind}, protocol {protocol}")
print("HELD")
