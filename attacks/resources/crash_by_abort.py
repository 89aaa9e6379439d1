"""A program that gives up ends alone and leaves no image of its memory.

must: end error
"""
import os, resource, sys

if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
    sys.exit(print("BROKEN: core dumps"))
os.abort()
