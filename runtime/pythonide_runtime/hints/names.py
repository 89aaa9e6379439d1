"""Names of variables and attributes that are not there."""

import builtins
import importlib.machinery
import re
import sys
import types

from . import modules
from .words import did_you_mean, message, nearest

_PLAIN = (str, int, float, list, dict, tuple, set, bool, bytes)


def name(error, origin):
    name = getattr(error, "name", None)
    if not name or not origin.is_own():
        return None
    frame = origin.frame()
    names = {*frame.f_locals, *frame.f_globals, *dir(builtins)}
    near = nearest(name, [other for other in names if not other.startswith("__")])
    if near is not None:
        return f"There is no “{name}” here. Did you mean “{near}”?"
    if name in sys.stdlib_module_names:
        return f"“{name}” is a module: write “import {name}” at the top of the file before using it."
    return (
        f"Nothing is called “{name}” here yet. Give it a value first (“{name} = …”), "
        f"or put quotes around it if it is meant to be text."
    )


def unbound(error, origin):
    found = re.search(r"variable '(\w+)'", message(error))
    if not found or not origin.is_own():
        return None
    return (
        f"Inside this function “{found[1]}” is used before it has a value. A name that the function "
        "assigns to is its own: pass the value in as a parameter, or set it first."
    )


def attribute(error, origin):
    name, text = getattr(error, "name", None), message(error)
    value = getattr(error, "obj", None)
    if origin.is_own() and text.startswith("'NoneType' object has no attribute"):
        return (
            "This value is None, so it has nothing of that name. Often it comes from a function "
            "that has no “return”."
        )
    if not name or "has no attribute" not in text:
        return None
    if type(value) is types.ModuleType and _is_of_module(origin):
        return _of_module(value, name, text, origin)
    if not origin.is_own():
        return None
    if type(value) in _PLAIN:
        kind = type(value)
        return f"A value of type {kind.__name__} has no “{name}”.{did_you_mean(name, dir(kind))}"
    return None


def _is_of_module(origin):
    """Whether the student's own `module.name` failed, be it in a function `__getattr__` of the module."""
    frames = origin.library_frames()
    return not frames or [frame.f_code.co_name for frame in frames] == ["__getattr__"]


def _of_module(module, name, text, origin):
    own_names = vars(module)
    file = own_names.get("__file__")
    near = did_you_mean(name, own_names)
    hidden = modules.hidden_by(file, module.__name__, origin)
    if hidden:
        return f"{hidden}, and has no “{name}”.{near or ' If you mean that module, rename your file.'}"
    windows = modules.of_windows(module.__name__)
    if windows and not modules.is_own(file, origin):
        return windows
    if "partially initialized" in text:
        return "Two files import each other, or a file imports itself."
    path = own_names.get("__path__")
    full = f"{module.__name__}.{name}"
    if path is not None and importlib.machinery.PathFinder.find_spec(full, path):
        return f"“{name}” is a module inside {module.__name__}: write “import {full}” before using it."
    return f"The module {module.__name__} has no “{name}”.{near}"
