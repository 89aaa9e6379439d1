"""A line to the host without an end takes neither memory nor time of the host.

must: end finished|error
"""
import os, socket, sys

host = socket.socket(fileno=os.dup(3))
host.settimeout(2)
sent = 0
try:
    while sent < 10 << 30:
        sent += host.send(b'{"event":"hint","text":"' + b"x" * (1 << 20))
        if sent > 64 << 20:
            print("BROKEN: the host takes all of it")
            os.abort()
except OSError as error:
    print(sent, "bytes", error)
os.close(3), host.close()
