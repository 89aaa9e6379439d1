"""Output in single bytes from many processes keeps nobody else waiting.

must: end output|processor_time
must: within 60 s
"""
import os, time

for _ in range(16):
    if os.fork() == 0:
        while True:
            os.write(1, b"x")
time.sleep(50)
