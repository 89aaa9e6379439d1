"""However a program leaves its terminal, the next prompt and its end work.

must: end finished
"""
import os, random, termios, threading, time

dice = random.Random(1)
before = termios.tcgetattr(0)
for _ in range(300):
    # All that can be set, in speeds, sizes and characters too; then as a full-screen program leaves it.
    modes = [dice.getrandbits(32) for _ in range(6)] + [[bytes([dice.randrange(256)]) for _ in range(32)]]
    try:
        termios.tcsetattr(0, termios.TCSANOW, modes)
    except (termios.error, OSError, OverflowError, TypeError):
        pass
for action in (termios.TCIOFF, termios.TCOOFF):
    termios.tcflow(0, action)
threading.Timer(0.5, lambda: (termios.tcflow(0, termios.TCOON), termios.tcflow(0, termios.TCION))).start()
time.sleep(0.7)
termios.tcsendbreak(0, 0), termios.tcflush(0, termios.TCIOFLUSH)
termios.tcsetattr(0, termios.TCSANOW, [0, 0, 0, 0, 0, 0, [b"\0"] * 32])
