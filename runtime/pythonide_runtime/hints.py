"""What an error means, in one plain sentence for somebody who has just begun."""

import builtins
import difflib
import errno
import os
import re
import sys
import types

_MAX_CHARACTERS = 400
_MAX_NAMES = 5
_MAX_PACKAGES = 16
# What learners know by one name and Python by another.
_INSTALLED_AS = {"PIL": "Pillow", "cv2": "opencv-python", "sklearn": "scikit-learn", "yaml": "PyYAML"}


def explain(error, script, folder):
    """Return what `error` means, or None where there is nothing to say beyond Python's own words.

    `script` is the absolute path of the student's file, `folder` its directory. Nothing of the
    student's own classes is called.
    """
    try:
        for kind in type(error).__mro__:
            if kind in _BY_TYPE:
                hint = _BY_TYPE[kind](error, script, folder)
                return hint[:_MAX_CHARACTERS] if hint else None
    except Exception:
        # It looks at values that a student's program has made, which may be of any kind; a sentence
        # less is better than a second traceback beneath the first.
        return None
    return None


def _frame(error):
    """The innermost frame of the traceback, where the names are that the error is about."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame if traceback is not None else None


def _nearest(name, names):
    found = difflib.get_close_matches(name, [n for n in names if n != name], n=1, cutoff=0.7)
    if found:
        return found[0]
    same = [n for n in names if n.lower() == name.lower() and n != name]
    return same[0] if same else None


def _message(error):
    first = error.args[0] if error.args else ""
    return first if type(first) is str else ""


def _some(names, most=_MAX_NAMES):
    names = sorted(names)
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _name(error, script, folder):
    name = error.name
    frame = _frame(error)
    if not name or frame is None:
        return None
    names = {*frame.f_locals, *frame.f_globals, *dir(builtins)}
    near = _nearest(name, [n for n in names if not n.startswith("__")])
    if near is not None:
        return f"There is no “{name}” here. Did you mean “{near}”?"
    if name in sys.stdlib_module_names:
        return f"“{name}” is a module: write “import {name}” at the top of the file before using it."
    return (
        f"Nothing is called “{name}” here yet. Give it a value first (“{name} = …”), "
        f"or put quotes around it if it is meant to be text."
    )


def _unbound(error, script, folder):
    found = re.search(r"variable '(\w+)'", _message(error))
    return (
        f"Inside this function “{found[1]}” is used before it has a value. A name that the function "
        "assigns to is its own: pass the value in as a parameter, or set it first."
        if found
        else None
    )


def _attribute(error, script, folder):
    if error.obj is None:
        return (
            "This value is None, so it has nothing of that name. Often it comes from a function "
            "that has no “return”."
        )
    if type(error.obj) is types.ModuleType:
        file = error.obj.__dict__.get("__file__")
        if file and os.path.dirname(file) == folder and error.obj.__name__ in sys.stdlib_module_names:
            own = os.path.basename(file)
            return f"Your own file {own} hides Python's module of that name. Give the file another name."
        near = _nearest(error.name, dir(error.obj))
        return f"The module {error.obj.__name__} has no “{error.name}”." + (
            f" Did you mean “{near}”?" if near else ""
        )
    if type(error.obj) in (str, int, float, list, dict, tuple, set, bool, bytes):
        kind = type(error.obj).__name__
        near = _nearest(error.name, dir(type(error.obj)))
        return f"A value of type {kind} has no “{error.name}”." + (
            f" Did you mean “{near}”?" if near else ""
        )
    return None


def _indentation(error, script, folder):
    if "expected an indented block" in error.msg:
        return "The line after a “:” must be indented, usually by four spaces."
    if "unexpected indent" in error.msg:
        return "This line is indented but the line before did not end with “:”. Remove the spaces at its beginning."
    if "unindent does not match" in error.msg:
        return "This line's indentation matches none of the lines above. Use the same number of spaces as before."
    return None


def _tabs(error, script, folder):
    return "Tabs and spaces are mixed at the beginning of these lines. Use spaces only."


_SYNTAX = (
    (r"^Non-UTF-8 code", "The file is not text in UTF-8. Save it as UTF-8 where it was written, and upload it again."),
    (r"expected ':'", "A “:” is missing at the end of this line."),
    (r"invalid syntax\. Maybe you meant '=='", "To compare two values write “==”; a single “=” gives a value to a name."),
    (r"Maybe you meant '==' ", "To compare two values write “==”; a single “=” gives a value to a name."),
    (r"unterminated string literal", "A text is not closed on this line: it needs the same quote at its end as at its beginning."),
    (r"unterminated triple-quoted", "A text that began with three quotes is never closed."),
    (r"'(.)' was never closed", "The “{0}” on this line has no partner: close the bracket."),
    (r"unmatched '(.)'", "There is a “{0}” too many: nothing before it was opened."),
    (r"Missing parentheses in call to 'print'", "In Python 3 print is a function: write print(…) with parentheses."),
    (r"Perhaps you forgot a comma", "Between two values stands a comma: perhaps it is missing here."),
    (r"cannot assign to (?:literal|expression|function call)", "On the left of “=” must be a name. To compare two values write “==”."),
    (r"'(return|await)' outside function", "“{0}” belongs into a function: is the line indented as it should be?"),
    (r"'(break)' outside loop|'(continue)' not properly in loop", "“break” and “continue” belong into a loop."),
    (r"invalid decimal literal", "A name cannot begin with a digit, and between a number and a name there must be something."),
    (r"invalid character '(.)'", "“{0}” is no character that Python understands here. It may have been copied from a text."),
)


def _syntax(error, script, folder):
    for pattern, sentence in _SYNTAX:
        found = re.search(pattern, error.msg or "")
        if found:
            return sentence.format(*(group for group in found.groups() if group))
    return None


_TYPE = (
    (r'can only concatenate str \(not "(int|float)"\) to str', "“+” joins text with text or adds numbers. To calculate, turn the text into a number with int(…) or float(…); to join, turn the number into text with str(…)."),
    (r'can only concatenate str \(not "(\w+)"\) to str', "“+” joins text only with text. Turn the {0} into text with str(…), or use an f-string: f\"… {{value}}\"."),
    (r"unsupported operand type\(s\) for (\S+): '(\w+)' and '(\w+)'", "“{0}” does not work between {1} and {2}. Text that came from input() becomes a number with int(…) or float(…)."),
    (r"'(\S+)' not supported between instances of '(\w+)' and '(\w+)'", "{1} and {2} cannot be compared with “{0}”. Text that came from input() becomes a number with int(…) or float(…)."),
    (r"'NoneType' object is not (\w+)", "This value is None. Often it comes from a function that has no “return”."),
    (r"'(\w+)' object is not callable", "This is a value of type {0}, not a function: are the parentheses after it meant to be there, or has a name been given away?"),
    (r"'(\w+)' object is not subscriptable", "A value of type {0} has no parts to take with [ ]."),
    (r"'(\w+)' object is not iterable", "A value of type {0} cannot be gone through one by one. To count, use range(…)."),
    (r"missing (\d+) required positional", "The function needs {0} more of its arguments."),
    (r"takes (.+) positional arguments? but (\d+) (?:was|were) given", "The function takes {0} and was given {1}."),
    (r"unexpected keyword argument '(\w+)'", "The function has no parameter called “{0}”."),
    (r"'str' object does not support item assignment", "A text cannot be changed in place: make a new one."),
    (r"'tuple' object does not support item assignment", "A tuple cannot be changed: use a list, written with [ ]."),
    (r"list indices must be integers or slices, not (\w+)", "A place in a list is a whole number, and this is a value of type {0}."),
)


def _type(error, script, folder):
    for pattern, sentence in _TYPE:
        found = re.search(pattern, _message(error))
        if found:
            return sentence.format(*found.groups())
    return None


def _value(error, script, folder):
    message = _message(error)
    found = re.search(r"invalid literal for int\(\) with base 10: (.*)", message, re.DOTALL)
    if found:
        text = found[1]
        if re.fullmatch(r"'\s*-?\d+\.\d*\s*'", text):
            return f"int(…) takes whole numbers only; for {text} use float(…)."
        if text == "''":
            return "int(…) was given an empty text: nothing was typed."
        return f"int(…) needs a text of digits, and {text[:60]} is none."
    if message.startswith("could not convert string to float"):
        return "float(…) needs a text that is a number, with a point and not a comma."
    found = re.search(r"not enough values to unpack \(expected (\d+), got (\d+)\)", message)
    if found:
        return f"There are {found[1]} names on the left but only {found[2]} values on the right."
    found = re.search(r"too many values to unpack \(expected (\d+)", message)
    if found:
        return f"There are {found[1]} names on the left but more values on the right."
    if message == "math domain error":
        return "This has no result for the number given, like the square root of a negative number."
    if message == "list.remove(x): x not in list":
        return "The list does not hold the value that is to be removed."
    return None


def _index(error, script, folder):
    return (
        "There is no element at this place: the list or text is shorter. Places are counted from 0, so the "
        "last one is len(…) - 1."
    )


def _key(error, script, folder):
    key = error.args[0] if error.args else None
    if type(key) not in (str, int, float, bool):
        return "The dictionary has no such key."
    return f"The dictionary has no key {key!r}. Check with “in” first, or use .get(…)."


def _zero(error, script, folder):
    return "Nothing can be divided by 0. Check the number before dividing."


def _module(error, script, folder):
    name = (error.name or "").partition(".")[0]
    if not name:
        return None
    near = _nearest(name, [*sys.stdlib_module_names, *_installed()])
    known = _INSTALLED_AS.get(name, name)
    if near:
        return f"There is no module “{name}” here. Did you mean “{near}”?"
    asked_for = _some(_installed(is_asked_for=True), _MAX_PACKAGES)
    return (
        f"The package “{known}” is not installed in this class's Python, and programs here cannot "
        f"download it. Ask your professor." + (f" Installed are {asked_for}." if asked_for else "")
    )


def _installed(is_asked_for=False):
    """The names of what is installed beside the library; of what was asked for by name, or all."""
    names = set()
    for folder in sys.path:
        if not folder.endswith(("site-packages", "dist-packages")) or not os.path.isdir(folder):
            continue
        for entry in os.listdir(folder):
            if not is_asked_for:
                names.add(entry.partition(".")[0])
            elif os.path.exists(os.path.join(folder, entry, "REQUESTED")):
                # As pip marks it.
                names.add(entry.partition("-")[0])
    return {name for name in names if name.isidentifier() and not name.startswith("_")}


def _import(error, script, folder):
    own = error.path and os.path.dirname(error.path) == folder
    if own and error.name in sys.stdlib_module_names:
        file = os.path.basename(error.path)
        return f"Your own file {file} hides Python's module of that name. Give the file another name."
    if "circular import" in _message(error) or "partially initialized" in _message(error):
        return "Two files import each other, or a file imports itself."
    found = re.match(r"cannot import name '(\w+)'", _message(error))
    module = sys.modules.get(error.name)
    if found and type(module) is types.ModuleType:
        near = _nearest(found[1], dir(module))
        return f"The module {error.name} has no “{found[1]}”." + (
            f" Did you mean “{near}”?" if near else ""
        )
    return None


def _file_missing(error, script, folder):
    name = error.filename
    if type(name) is not str:
        return None
    place = os.path.dirname(os.path.abspath(name))
    if not os.path.isdir(place):
        return f"There is no folder {place} to look for “{os.path.basename(name)}” in."
    names = [n for n in os.listdir(place)[:1000] if not n.startswith(".")]
    wanted = os.path.basename(name)
    near = _nearest(wanted, names)
    if near:
        return f"There is no file “{wanted}” in the folder. Did you mean “{near}”?"
    return f"There is no file “{wanted}” in the folder." + (
        f" It holds: {_some(names)}." if names else " The folder is empty."
    )


def _is_folder(error, script, folder):
    return "That is a folder. open(…) needs the name of a file."


def _no_permission(error, script, folder):
    frame = _frame(error)
    if frame is not None and os.path.basename(frame.f_code.co_filename) == "socket.py":
        return _NO_NETWORK
    if error.filename:
        return "The program may not do that there. It can write in your own folder."
    return "Programs here are not allowed to do that."


_NO_NETWORK = "Programs here have no network: they cannot reach the internet or other computers."


def _system(error, script, folder):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no room left on the disk. Delete files you no longer need."
    if error.errno == errno.EFBIG:
        return "The file has become larger than a program here may write."
    if error.errno == errno.EMFILE:
        return "Too many files are open at once. Close them, best by opening them with “with”."
    if type(error).__name__ in ("gaierror", "URLError", "ConnectionError", "NewConnectionError"):
        return _NO_NETWORK
    return None


def _exists(error, script, folder):
    return "Something of that name is there already. Choose another name or delete it first."


def _recursion(error, script, folder):
    return (
        "A function calls itself again and again without an end. It needs a case in which it returns "
        "without calling itself."
    )


def _end_of_input(error, script, folder):
    return "input() was waiting, but the input has ended."


def _memory(error, script, folder):
    return "The program wanted more memory than it may use. Look for a list or text that keeps growing."


def _unicode(error, script, folder):
    return "The file is not text in UTF-8. open(…, encoding=\"latin-1\") reads older files; “rb” reads bytes."


def _overflow(error, script, folder):
    return "The result is too large for a number with a decimal point."


def _assertion(error, script, folder):
    return "The condition after “assert” was not true."


def _stop(error, script, folder):
    return "next(…) was called but nothing is left. Use a for loop, or next(…, default)."


_BY_TYPE = {
    UnboundLocalError: _unbound,
    NameError: _name,
    AttributeError: _attribute,
    TabError: _tabs,
    IndentationError: _indentation,
    SyntaxError: _syntax,
    TypeError: _type,
    UnicodeDecodeError: _unicode,
    ValueError: _value,
    IndexError: _index,
    KeyError: _key,
    ZeroDivisionError: _zero,
    ModuleNotFoundError: _module,
    ImportError: _import,
    FileNotFoundError: _file_missing,
    IsADirectoryError: _is_folder,
    PermissionError: _no_permission,
    FileExistsError: _exists,
    OSError: _system,
    RecursionError: _recursion,
    EOFError: _end_of_input,
    MemoryError: _memory,
    OverflowError: _overflow,
    AssertionError: _assertion,
    StopIteration: _stop,
}
