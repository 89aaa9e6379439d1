"""Explains an error in one plain sentence for a beginner.

A hint explains only an error that the interpreter or a library has raised about a statement of the student's. An
error that the student's own code raises has the words that the student gave it, and gets no hint.
"""

from . import files, modules, names, syntax, values
from .origin import Origin

_MAX_CHARACTERS = 400

_BY_TYPE = {
    UnboundLocalError: names.unbound,
    NameError: names.name,
    AttributeError: names.attribute,
    TabError: syntax.tabs,
    IndentationError: syntax.indentation,
    SyntaxError: syntax.syntax,
    TypeError: values.types,
    UnicodeDecodeError: files.encoding,
    ValueError: values.value,
    IndexError: values.index,
    KeyError: values.key,
    ZeroDivisionError: values.zero,
    ModuleNotFoundError: modules.missing,
    ImportError: modules.name_missing,
    FileNotFoundError: files.missing,
    IsADirectoryError: files.is_folder,
    PermissionError: files.permission,
    FileExistsError: files.exists,
    OSError: files.system,
    RecursionError: values.recursion,
    EOFError: values.end_of_input,
    MemoryError: values.memory,
    OverflowError: values.overflow,
    AssertionError: values.assertion,
    StopIteration: values.stop,
    Exception: modules.no_display,
}


def explain(error, folder):
    """Return what `error` means, or None if Python's own words are all that is certain.

    `folder` is the absolute path of the script's folder. No code of the student's is called.
    """
    try:
        origin = Origin(error, folder)
        if origin.is_raised_by_student():
            return None
        for kind in type(error).__mro__:
            if kind in _BY_TYPE:
                hint = _BY_TYPE[kind](error, origin)
                return hint[:_MAX_CHARACTERS] if hint else None
    except Exception:
        # The values in an error of the student's program may be of any kind. A missing sentence is better than a
        # second traceback under the first.
        return None
    return None
