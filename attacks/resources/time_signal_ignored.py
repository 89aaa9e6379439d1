"""A program that does not listen to the signal that its time is over ends all the same.

must: end processor_time
must: within 60 s
"""
import signal, sys

for number in range(1, signal.NSIG):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
