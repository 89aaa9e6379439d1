"""No library of Python's finds a way to a socket.

must: hold
"""
import asyncio, json, multiprocessing.connection, socket, socketserver, sys, urllib.request

port = json.load(open("facts.json"))["port"]


async def connect():
    await asyncio.open_connection("127.0.0.1", port)


async def serve():
    # It goes on without the sockets that it could not make.
    if not (await asyncio.start_server(print, "127.0.0.1", 0)).sockets:
        raise PermissionError


for what, action in (
    ("urllib", lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=3)),
    ("create_connection", lambda: socket.create_connection(("127.0.0.1", port), 3)),
    ("create_connection to ::1", lambda: socket.create_connection(("::1", port), 3)),
    ("create_server", lambda: socket.create_server(("127.0.0.1", 0))),
    ("asyncio client", lambda: asyncio.run(connect())),
    ("asyncio server", lambda: asyncio.run(serve())),
    ("socketserver", lambda: socketserver.TCPServer(("127.0.0.1", 0), None)),
    ("multiprocessing listener", lambda: multiprocessing.connection.Listener(("127.0.0.1", 0))),
    ("multiprocessing Unix listener", lambda: multiprocessing.connection.Listener(family="AF_UNIX")),
    ("multiprocessing client", lambda: multiprocessing.connection.Client(("127.0.0.1", port))),
):
    try:
        action()
    except OSError as error:
        # urllib wraps it.
        cause = getattr(error, "reason", error)
        if not isinstance(cause, PermissionError):
            sys.exit(f"BROKEN: {what} came as far as {error!r}")
        continue
    sys.exit(f"BROKEN: {what}")
print("HELD")
