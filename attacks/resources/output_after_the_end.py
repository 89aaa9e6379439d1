"""What a program's children print beside the prompt ends it, too, when it is too much.

must: end finished
"""
import os

if os.fork() == 0:
    os.setsid()
    while True:
        os.write(1, b"x" * 4096)
