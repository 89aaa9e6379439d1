"""A program whose stack runs over ends alone.

must: end error
"""
import sys

sys.setrecursionlimit(2**31 - 1)


class Deep:
    def __repr__(self):
        return repr(self)


repr(Deep())
