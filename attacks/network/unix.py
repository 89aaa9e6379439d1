"""No Unix socket with a name, in a folder or abstract, can be made or reached.

must: hold
"""
import ctypes, errno, json, os, platform, socket, struct, sys

facts = json.load(open("facts.json"))
libc = ctypes.CDLL(None, use_errno=True)
BIND, LISTEN, ACCEPT, ACCEPT4, CONNECT = (200, 201, 202, 242, 203) if platform.machine() == "aarch64" else (49, 50, 43, 288, 42)


def refuse(what, action):
    try:
        action()
    except PermissionError:
        return
    sys.exit(f"BROKEN: {what}")


def call(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
    refuse(f"a socket of kind {kind}", lambda: socket.socket(socket.AF_UNIX, kind))
# The ends of a pair are the only sockets: they can get no name and reach no other.
one, other = socket.socketpair()
for address in (b"own.sock", b"\0mallory", facts["link"].encode(), b"\0/tmp/.X11-unix/X0", b"/run/dbus/system_bus_socket"):
    name = ctypes.create_string_buffer(struct.pack("H108s", socket.AF_UNIX, address), 110)
    for number in (BIND, CONNECT):
        refuse(f"call {number} with {address!r}", lambda: call(number, one.fileno(), ctypes.addressof(name), 110))
for number in (LISTEN, ACCEPT, ACCEPT4):
    refuse(f"call {number}", lambda: call(number, one.fileno(), 0, 0, 0))
print("HELD")
