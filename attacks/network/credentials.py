"""Nobody can be pretended to be by credentials sent along.

must: hold
"""
import errno, json, os, socket, struct, sys

facts = json.load(open("facts.json"))
one, other = socket.socketpair()
own = (os.getpid(), os.getuid(), os.getgid())
for who in (
    (1, *own[1:]),
    (facts["server_pid"], *own[1:]),
    (own[0], 0, own[2]),
    (own[0], own[1], 0),
    (own[0], own[1] + 1, own[2]),
    (0, 0, 0),
):
    if who == own:
        continue
    for end in (one, socket.socket(fileno=os.dup(3))):
        try:
            end.sendmsg([b"x"], [(socket.SOL_SOCKET, 2, struct.pack("iII", *who))])
        except OSError as error:
            # Who is not known in a user namespace is no valid argument.
            if error.errno not in (errno.EPERM, errno.ESRCH, errno.EINVAL):
                raise
            continue
        sys.exit(f"BROKEN: sent as {who}")
print("HELD")
