"""The processor time of children that nobody waits for counts, however briefly they live.

must: end processor_time
must: within 60 s
"""
import os, signal, time

# The kernel takes them away by itself, and counts nothing for their parent.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
worked = 0
while worked < 9000:
    gone, end = os.pipe()
    if os.fork() == 0:
        until = time.process_time() + 0.008
        while time.process_time() < until:
            pass
        os._exit(0)
    os.close(end)
    os.read(gone, 1)
    os.close(gone)
    worked += 8
print(f"BROKEN: {worked} ms of work")
