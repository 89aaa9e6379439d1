"""Keeps memory back from the program, so that its end can be told and its prompt works when it has taken all it may.

Address space alone: it counts toward the program's limit, but no page of it is ever written.
"""

import mmap

# Python takes memory for small objects by the megabyte: the first is for what is told, the others are for the prompt.
_PART = 1 << 20
_PARTS = 4

_kept = []


def keep():
    """Keep memory back, as much as there is left of it."""
    try:
        while len(_kept) < _PARTS:
            _kept.append(mmap.mmap(-1, _PART, flags=mmap.MAP_PRIVATE))
    except (MemoryError, OSError):
        # The rest is kept before a later statement, when the student has freed some.
        pass


def release():
    """Give back what is kept."""
    while _kept:
        _kept.pop().close()
