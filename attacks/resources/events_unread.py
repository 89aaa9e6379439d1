"""Who tells of explanations and reads no answer stops nobody from ending it.

must: end output|processor_time
must: within 60 s
"""
import os, select, time

os.set_blocking(3, False)
until = time.monotonic() + 2
while time.monotonic() < until:
    try:
        os.write(3, b'{"event": "hint", "text": ""}\n')
    except BlockingIOError:
        select.select([], [3], [], 0.1)
    except OSError:
        # Nobody listens any more.
        break
while True:
    os.write(1, b"x" * 60_000 + b"\n")
