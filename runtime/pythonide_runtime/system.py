"""System calls that Python has no function for. Numbers are those of Linux on x86-64 and aarch64."""

import ctypes
import functools
import os
import platform
import signal

# A PyDLL keeps the interpreter's lock through the call, so that a clone finds it held.
_libc = ctypes.PyDLL(None, use_errno=True)
_library = functools.cache(ctypes.PyDLL)
_api = ctypes.pythonapi

_IS_ARM = platform.machine() == "aarch64"
_SYS_CLONE = 220 if _IS_ARM else 56
_SYS_CAPSET = 91 if _IS_ARM else 126
_SYS_MOVE_MOUNT = 429
_SYS_LANDLOCK_RESTRICT_SELF = 446
_CAPABILITIES_VERSION = 0x20080522
_MOVE_MOUNT_EMPTY_PATH = 4
_AT_FDCWD = -100
_CLONE_NEWNS = 0x00020000
_CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_TID_ADDRESS = 40
_SECCOMP_MODE_FILTER = 2
# `Py_file_input`, and the order to close the file when it is read.
_FILE_INPUT = 257
_CLOSE_IT = 1

_open_stream = _libc.fdopen
_open_stream.argtypes = (ctypes.c_int, ctypes.c_char_p)
_open_stream.restype = ctypes.c_void_p
_run_file = _api.PyRun_FileExFlags
_run_file.argtypes = (
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.py_object,
    ctypes.py_object,
    ctypes.c_int,
    ctypes.c_void_p,
)
_run_file.restype = ctypes.py_object


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


class SeccompFilter:
    """A filter of system calls, ready to be put on."""

    def __init__(self, steps):
        self._steps = ctypes.create_string_buffer(steps, len(steps))
        self._program = _Program(len(steps) // 8, ctypes.addressof(self._steps))

    def put_on(self):
        _check(_prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(self._program)))


def clone_beside():
    """Fork, but make the child one of this process's parent. Returns as `os.fork` does."""
    address = _thread_id_address()
    flags = _CLONE_PARENT | signal.SIGCHLD
    if address:
        # The C library keeps the thread's id there; its own fork has the kernel correct it.
        flags |= _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID
    further = (0, 0, address) if _IS_ARM else (0, address, 0)
    _api.PyOS_BeforeFork()
    pid = _libc.syscall(*map(ctypes.c_long, (_SYS_CLONE, flags, 0, *further)))
    if pid == 0:
        _api.PyOS_AfterFork_Child()
        return 0
    _api.PyOS_AfterFork_Parent()
    _check(pid)
    return pid


def die_with_parent():
    _check(_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))


def hide():
    """Keep what this process has open and mapped from others of the same user."""
    _check(_prctl(_PR_SET_DUMPABLE, 0))


def be_dumpable():
    """Let the files of this process in /proc belong to its user."""
    _check(_prctl(_PR_SET_DUMPABLE, 1))


def set_no_new_privileges():
    _check(_prctl(_PR_SET_NO_NEW_PRIVS, 1))


def unshare_mounts():
    """Give this process mounts of its own."""
    _check(_libc.unshare(_CLONE_NEWNS))


def mount(descriptor, path):
    """Mount at `path` what `descriptor` holds, which is mounted nowhere."""
    at = ctypes.c_char_p(os.fsencode(path))
    empty, long = ctypes.c_char_p(b""), ctypes.c_long
    call = long(_SYS_MOVE_MOUNT), long(descriptor), empty, long(_AT_FDCWD), at, long(_MOVE_MOUNT_EMPTY_PATH)
    _check(_libc.syscall(*call))


def drop_capabilities():
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.syscall(ctypes.c_long(_SYS_CAPSET), header, none))


def put_on_landlock(rules):
    """Put on the Landlock rules of descriptor `rules`."""
    _check(_libc.syscall(*map(ctypes.c_long, (_SYS_LANDLOCK_RESTRICT_SELF, rules, 0))))


def run_file(descriptor, name, variables):
    """Run the open file `descriptor` from where it is in `variables` as `python3 PATH` does, and close it;
    tracebacks call it `name`.

    The interpreter reads the file itself: `compile` has other words for what is no text, and other ideas
    of a zero byte.
    """
    stream = _open_stream(descriptor, b"rb")
    if not stream:
        _check(-1)
    _run_file(stream, os.fsencode(name), _FILE_INPUT, variables, variables, _CLOSE_IT, None)


def have_no_line_editing():
    """Have `input()` read lines as it does before the library of line editing is loaded."""
    ctypes.c_void_p.in_dll(_api, "PyOS_ReadlineFunctionPointer").value = None


def measure_terminal(path):
    """Have the library of line editing at `path` look how wide the terminal is."""
    # GNU's name, and that of others.
    for name in ("rl_reset_screen_size", "rl_resize_terminal"):
        measure = getattr(_library(path), name, None)
        if measure is not None:
            measure()
            return


def _thread_id_address():
    address = ctypes.c_long(0)
    # Kernels may be built without it.
    found = _prctl(_PR_GET_TID_ADDRESS, ctypes.addressof(address)) == 0
    return address.value if found else 0


def _prctl(option, *arguments):
    arguments = (*arguments, 0, 0, 0, 0)[:4]
    return _libc.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, arguments))


def _check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
