"""Descriptors sent to the host stay with nobody.

must: end finished
"""
import os, socket

host = socket.socket(fileno=os.dup(3))
host.settimeout(1)
files = [os.open("facts.json", os.O_RDONLY) for _ in range(60)]
hint = b'{"event":"hint","text":"x"}\n'
for _ in range(200):
    try:
        for letter in (hint[:1], hint[1:]):
            socket.send_fds(host, [letter], files)
        host.recv(1)
    except OSError as error:
        print(error)
        break
# Or the runtime would wait for an answer.
os.close(3), host.close()
