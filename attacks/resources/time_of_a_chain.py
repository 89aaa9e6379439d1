"""The processor time counts of processes that each work a little and leave the rest to their child.

must: end processor_time
must: within 60 s
"""
import os, sys, time

gone, end = os.pipe()
if os.fork() == 0:
    os.close(gone)
    worked = 0
    while worked < 9000:
        stop = time.process_time() + 0.008
        while time.process_time() < stop:
            pass
        worked += 8
        if os.fork() != 0:
            os._exit(0)
    os.write(end, b"%d" % worked)
    os._exit(0)
os.close(end)
print(f"BROKEN: {os.read(gone, 10).decode()} ms of work")
