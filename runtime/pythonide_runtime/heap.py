"""Fills the holes in the heap, so that what a child of the zygote allocates lies together.

A hole is a page that the zygote uses too: whoever writes into one gets a copy of all that is around it. What is
taken here nobody gives back; it was in memory already.
"""

import ctypes

_libc = ctypes.PyDLL(None)

# From the largest that the C library does not map by itself to the smallest there is: what a larger size leaves of a
# hole, a smaller one takes. Above 1 KiB it rounds what it looks for, so those need not be exact.
_SIZES = [*(1 << power for power in range(16, 10, -1)), *range(1032, 23, -16)]


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2`, of glibc 2.33 and newer."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def fill_holes():
    """Take all that is free below the heap's top. Does nothing where the C library is another."""
    try:
        mallinfo, trim = _libc.mallinfo2, _libc.malloc_trim
    except AttributeError:
        return
    mallinfo.restype = _Mallinfo
    _libc.sbrk.restype = _libc.malloc.restype = ctypes.c_void_p
    _libc.sbrk.argtypes = [ctypes.c_ssize_t]
    _libc.malloc.argtypes = [ctypes.c_size_t]
    _libc.free.argtypes = [ctypes.c_void_p]
    # Joins what lies side by side, and gives whole pages back.
    trim(0)
    top = _libc.sbrk(0) - mallinfo().keepcost
    for size in _SIZES:
        while (address := _libc.malloc(size)) and address < top:
            pass
        _libc.free(address)
