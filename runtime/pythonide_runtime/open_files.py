"""Writes out the files that a program has open for writing, so that one that is never closed is not left empty."""

import gc
import io
import os
import stat
import sys

_BUFFERED = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)
_DESCRIPTORS = "/proc/self/fd"


def flush():
    """Write out the buffers of all files on disk; return the errors, each with the name of its file.

    Pipes and sockets are left alone: writing to them may block. Costs a directory listing unless a file is open for
    writing; then it visits all objects that the program has made.
    """
    if not _has_file_to_write():
        return []
    errors = []
    for file in _buffered_files():
        try:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                file.flush()
        except OSError as error:
            errors.append((_name_of(file), error))
        except Exception:
            # It is closed or detached, the program is in the middle of a write to it, or it is of a class of the
            # program's own, which may raise anything.
            continue
    return errors


def report(errors):
    """Print what `flush` returned as Python prints an error that it finds when it closes a file."""
    for name, error in errors:
        print(f"could not write {name!r}: {error}", file=sys.stderr)


def _has_file_to_write():
    try:
        descriptors = os.listdir(_DESCRIPTORS)
    except OSError:
        return True
    return any(_is_file_to_write(int(descriptor)) for descriptor in descriptors)


def _is_file_to_write(descriptor):
    try:
        # The access mode of Linux's O_WRONLY or O_RDWR shows as the owner's right to write in the link itself.
        mode = os.lstat(f"{_DESCRIPTORS}/{descriptor}").st_mode
        return bool(mode & stat.S_IWUSR) and stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        # The listing's own descriptor.
        return False


def _buffered_files():
    # What the zygote has made is frozen, and not among these. Text before bytes: it flushes what is beneath it.
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), _BUFFERED)]
    return sorted(found, key=lambda file: not issubclass(type(file), io.TextIOWrapper))


def _name_of(file):
    name = getattr(file, "name", None)
    return name if type(name) is str else "a file"
