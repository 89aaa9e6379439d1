"""The processor time of children that live too briefly to be seen counts: those that are waited for.

must: end processor_time
must: within 60 s
"""
import os, time

worked = 0
while worked < 9000:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.008
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
    worked += 8
print(f"BROKEN: {worked} ms of work")
