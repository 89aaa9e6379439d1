"""A terminal that changes its size all the time, to what none has, harms nobody.

must: end finished|processor_time
must: within 60 s
"""
import fcntl, os, signal, struct, termios

signal.signal(signal.SIGWINCH, signal.SIG_IGN)
for number in range(100_000):
    rows, columns = ((0, 0), (65535, 65535), (1, 65535), (24, number % 65536))[number % 4]
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 65535, 65535))
