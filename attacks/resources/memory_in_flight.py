"""Descriptors that are sent and never received hide no memory from the limit of open files.

must: end memory|error
"""
import os, socket, time

held = sent = 0
ours, theirs = [], []
try:
    while held < 1 << 30:
        full = socket.socketpair()
        for end in full:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
            end.setblocking(False)
            try:
                while True:
                    held += end.send(bytes(1 << 16))
            except BlockingIOError:
                pass
        if sent % 100 == 0:
            one, other = socket.socketpair()
            ours.append(one), theirs.append(other)
        socket.send_fds(ours[-1], [b"x"], [end.fileno() for end in full])
        sent += 1
        for end in full:
            end.close()
except OSError as error:
    print(error)
time.sleep(2)
if held < 512 << 20:
    raise SystemExit(f"no more than {held >> 20} MB")
print(f"BROKEN: {held >> 20} MB in {2 * sent} descriptors")
