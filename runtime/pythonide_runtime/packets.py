"""Messages over a Unix socket that keeps their borders: a JSON text, and descriptors that go along."""

import _socket
import json
import os
import struct

MAX_BYTES = 128 << 10
MAX_DESCRIPTORS = 4


class Socket:
    """One end, by its descriptor, which it owns."""

    def __init__(self, descriptor):
        self._socket = _socket.socket(fileno=descriptor)

    def send(self, message):
        self._socket.send(json.dumps(message).encode())

    def receive(self):
        """Return the next message and its descriptors; `(None, [])` when the other end is closed."""
        space = _socket.CMSG_SPACE(MAX_DESCRIPTORS * 4)
        text, along, _, _ = self._socket.recvmsg(MAX_BYTES, space)
        descriptors = []
        for level, kind, data in along:
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                count = len(data) // 4
                descriptors.extend(struct.unpack(f"{count}i", data[: count * 4]))
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        return (json.loads(text) if text else None), descriptors

    def descriptor(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()
