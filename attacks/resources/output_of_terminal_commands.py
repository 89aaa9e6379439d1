"""A flood of titles, colours and unfinished commands to the terminal is output like any other.

must: end output
"""
import os

flood = b"\x1b]0;" + b"title" * 2000 + b"\x07\x1b[2J\x1b[31m\x1b[9999999999;9999999999H\x1b[1000000L\x1b[1000000@" * 20
flood += b"\x1b]52;c;" + b"QUFB" * 1000 + b"\x07\x1b]8;;http://127.0.0.1/\x07here\x1b]8;;\x07" * 50 + b"\x1b[6n\x1b[c\x1bZ\x05" * 50
flood += b"\x1bP1;1|" + b"\x1b_G" + b"\x1b]" + b"1;" * 5000
while True:
    os.write(1, flood)
