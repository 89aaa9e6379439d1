"""A program that crashes ends alone.

must: end error
"""
import ctypes, os, time

if os.fork() == 0:
    time.sleep(30)
ctypes.string_at(0)
