"""Runs a file as `python3 FILE` does, in a `__main__` that stays for the prompt."""

import builtins
import errno
import importlib.machinery
import os
import sys
import types

from . import reserve, system

# No room, no more of it for this user, or a larger file than is allowed.
_DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


_OWN_FILES = {__file__, system.__file__}

_BARE_MAIN = sys.modules["__main__"]


class Outcome:
    """How a script ended: "finished", "error", "memory", "processes", "disk" or "interrupted", and at which
    line."""

    def __init__(self, ending, exit_code, line=None):
        self.ending = ending
        self.exit_code = exit_code
        self.line = line


def prepare(path):
    """Make `__main__`, `sys.argv` and `sys.path` what `python3 PATH` would make them."""
    absolute = os.path.abspath(path)
    main = types.ModuleType("__main__")
    main.__file__ = absolute
    main.__cached__ = None
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", absolute)
    main.__builtins__ = builtins
    main.__annotations__ = {}
    sys.modules["__main__"] = main
    sys.argv = [path]
    sys.orig_argv = [sys.executable, path]
    sys.path.insert(0, os.path.dirname(absolute))
    return main


def forget():
    """Take back what the last `prepare` has put into `sys`."""
    del sys.path[0]
    sys.modules["__main__"] = _BARE_MAIN


def execute(main, prepare_for, explain):
    """Run the file of `main` to its end, print what ended it as Python would, and return it.

    `prepare_for` is called with the source before it runs, `explain` with the exception that ended it.
    """
    path = sys.argv[0]
    names = {path, main.__file__}
    try:
        descriptor, source = _open(main.__file__)
    except OSError as error:
        print(f"{sys.executable}: can't open file {path!r}: {error}", file=sys.stderr)
        return Outcome("error", 2)
    prepare_for(source)
    try:
        system.run_file(descriptor, path, vars(main))
        outcome = Outcome("finished", 0)
    except SystemExit as exit:
        outcome = _exited(exit.code)
    except BaseException as error:
        outcome = _failed(error, names)
        # The other endings have sentences of their own.
        if outcome.ending == "error":
            explain(sys.last_value)
    try:
        _wait_for_threads()
    except KeyboardInterrupt as error:
        outcome = _failed(error, names)
    flush()
    return outcome


def not_written(errors):
    """The outcome of a script whose files could not be written when it had ended."""
    is_full = any(error.errno in _DISK_IS_FULL for _, error in errors)
    return Outcome("disk" if is_full else "error", 1)


def _open(path):
    """Open a file once for both who reads it: by its name it may be gone for the second."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with open(descriptor, "rb", closefd=False) as file:
            source = file.read()
        os.lseek(descriptor, 0, os.SEEK_SET)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, source


def _wait_for_threads():
    """Wait for the threads that `python3 FILE` would wait for."""
    threading = sys.modules.get("threading")
    if threading is None:
        return
    own = threading.current_thread()
    while True:
        others = [t for t in threading.enumerate() if t is not own and not t.daemon]
        if not others:
            return
        others[0].join()


def _exited(code):
    if code is None:
        return Outcome("finished", 0)
    if isinstance(code, int):
        # The system keeps the low eight bits.
        code &= 0xFF
        return Outcome("finished" if code == 0 else "error", code)
    print(code, file=sys.stderr)
    return Outcome("error", 1)


def _failed(error, names):
    if isinstance(error, MemoryError):
        reserve.release()
    # The frames of this file lie before the student's first.
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename in _OWN_FILES:
        traceback = traceback.tb_next
    error = error.with_traceback(traceback)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    try:
        sys.excepthook(type(error), error, traceback)
    except BaseException:
        # As Python does when the student's own hook fails: both errors, then go on.
        sys.__excepthook__(*sys.exc_info())
        sys.__excepthook__(type(error), error, traceback)
    line = _last_line(error, names)
    if isinstance(error, KeyboardInterrupt):
        return Outcome("interrupted", 130, line)
    if isinstance(error, MemoryError):
        return Outcome("memory", 1, line)
    if isinstance(error, OSError) and error.errno in _DISK_IS_FULL:
        return Outcome("disk", 1, line)
    if _could_not_start(error):
        return Outcome("processes", 1, line)
    return Outcome("error", 1, line)


def _could_not_start(error):
    """Whether there were as many processes and threads as there may be when one more was wanted."""
    if isinstance(error, RuntimeError):
        return str(error) == "can't start new thread"
    if not isinstance(error, BlockingIOError) or error.errno != errno.EAGAIN:
        return False
    # A pipe that has nothing to read says the same.
    import linecache

    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    line = linecache.getline(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
    return "fork" in line or "spawn" in line


def _last_line(error, names):
    if isinstance(error, SyntaxError):
        if error.filename in names:
            return error.lineno
        if error.filename is None and type(error.msg) is str:
            # Of a file that is no text Python tells the line in words alone.
            number = error.msg.partition(" on line ")[2].partition(",")[0]
            return int(number) if number.isdecimal() else None
    line = None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in names:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def flush():
    """Have all written out that the script has printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError, OSError):
            # The script closed it or put something else there: nothing is held back by us.
            pass
