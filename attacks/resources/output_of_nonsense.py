"""A flood of bytes that are no text is output like any other.

must: end output
"""
import os

whole = bytes(range(256)) * 64 + b"\xf0\x9f\x98" * 4000 + b"\xe2\x80\xae" * 1000 + b"\0" * 4000 + b"e" + "\u0301".encode() * 8000
while True:
    os.write(1, whole)
    os.write(1, os.urandom(8192))
