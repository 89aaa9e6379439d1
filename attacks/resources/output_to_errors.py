"""What is printed as errors counts as output, whoever of a program prints it.

must: end output|processor_time
"""
import os, time

for _ in range(4):
    if os.fork() == 0:
        while True:
            os.write(2, b"no line ends " * 1000)
time.sleep(20)
