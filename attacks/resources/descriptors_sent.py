"""No descriptor can be sent: on its way, or to a process that never takes it, it would keep what nobody sees.

must: hold
"""
import array, errno, os, socket, sys

file = os.open("kept", os.O_CREAT | os.O_RDWR)
one, other = socket.socketpair()
along = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))]
for what, send in (
    ("send_fds", lambda: socket.send_fds(one, [b"x"], [file])),
    ("sendmsg", lambda: one.sendmsg([b"x"], along)),
    ("sendmsg on what was inherited", lambda: socket.socket(fileno=os.dup(3)).sendmsg([b"x"], along)),
):
    try:
        send()
    except PermissionError:
        continue
    sys.exit(f"BROKEN: {what}")
print("HELD")
