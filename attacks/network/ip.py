"""No IP socket can be made, so the credential address is out of reach too.

must: hold
"""
import sys
import socket

for family, kind in (
    (socket.AF_INET, socket.SOCK_STREAM),
    (socket.AF_INET, socket.SOCK_DGRAM),
    (socket.AF_INET, socket.SOCK_RAW),
    (socket.AF_INET6, socket.SOCK_STREAM),
    (socket.AF_INET6, socket.SOCK_DGRAM),
    (socket.AF_INET6, socket.SOCK_RAW),
):
    try:
        made = socket.socket(family, kind)
    except PermissionError:
        continue
    # It ends here: nothing is ever sent to 169.254.170.2 or anywhere else.
    made.close()
    sys.exit(f"BROKEN: {made}")
print("HELD")
