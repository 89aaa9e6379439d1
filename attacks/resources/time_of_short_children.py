"""The processor time of children that live too briefly to be seen counts: those that are waited for.

must: end processor_time
must: within 25 s
"""
import os, time

until = time.monotonic() + 15
while time.monotonic() < until:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.008
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
print("BROKEN: 15 s of work")
