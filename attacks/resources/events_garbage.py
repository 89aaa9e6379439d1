"""Nonsense on the socket to the host ends that conversation and harms nobody else.

must: end finished|error
"""
import os, socket

host = socket.socket(fileno=os.dup(3))
host.settimeout(2)
for nonsense in (
    b"\n", b"null\n", b"[]\n", b"{}\n", b"\xff\xfe\0\n", b"{" * 4000 + b"\n", b"[" * 100_000 + b"\n", b'{"event":"hint"}\n',
    b'{"event":"hint","text":7}\n', b'{"event":"plot","media_type":"text/html","bytes":10}\n<script/>\n',
    b'{"event":"plot","media_type":"image/png","bytes":-1}\n', b'{"event":"plot","media_type":"image/png","bytes":99999999999999999999}\n',
    b'{"event":"script_ended","ending":"replaced","exit_code":0,"line":null,"cpu_ms":0,"peak_memory_bytes":0}\n', os.urandom(10_000),
):  # fmt: skip
    try:
        host.sendall(nonsense)
    except OSError as error:
        print(error)
        break
# Or the runtime would wait for an answer.
os.close(3), host.close()
