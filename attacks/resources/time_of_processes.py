"""The processor time of all processes counts together.

must: end processor_time
must: within 60 s
"""
import os

for _ in range(4):
    os.fork()
while True:
    pass
