"""Imports that fail."""

import os
import re
import sys
import types

from .words import did_you_mean, message, nearest, some

_MAX_PACKAGES = 16
# Packages whose name in `import` differs from the name that they are installed by.
_INSTALLED_AS = {"PIL": "Pillow", "cv2": "opencv-python", "sklearn": "scikit-learn", "yaml": "PyYAML"}
# Modules that can do nothing without a window.
_WINDOWS = {
    "_tkinter": "tkinter",
    **{
        name: name
        for name in (
            "turtle turtledemo tkinter customtkinter guizero easygui PySimpleGUI graphics pygame pgzrun pgzero arcade "
            "pyglet kivy wx PyQt4 PyQt5 PyQt6 PySide2 PySide6 pyautogui pynput"
        ).split()
    },
}
# The beginnings of errors of such modules where no display is found.
_NO_DISPLAY = ("no display name", "couldn't connect to display", "No available video device")


def of_windows(name):
    """Say that programs have no windows, if the module `name` needs one, or return None."""
    shown = _WINDOWS.get(name.partition(".")[0])
    if shown is None:
        return None
    has_figures = "matplotlib" in _installed()
    instead = "print text, ask with input() and show figures of matplotlib" if has_figures else "print text and ask with input()"
    return f"{shown} opens a window, and programs here have none. They can {instead}."


def no_display(error, origin):
    if (type(error).__module__, type(error).__name__) not in (("_tkinter", "TclError"), ("pygame", "error")):
        return None
    if not message(error).startswith(_NO_DISPLAY):
        return None
    return _windows_of(type(error).__module__, origin)


def missing(error, origin):
    """Explain a `ModuleNotFoundError`."""
    full = error.name or ""
    top, _, rest = full.partition(".")
    if not top:
        return None
    loaded = sys.modules.get(top)
    if rest and type(loaded) is types.ModuleType:
        hidden = hidden_by(vars(loaded).get("__file__"), top, origin)
        if hidden:
            return f"{hidden}, and has no module “{rest}”. If you mean that module, rename your file."
        return f"The package {top} has no module “{rest}”."
    near = nearest(top, _own_modules(origin.folder))
    if near and full == top:
        return f"There is no module “{top}” here. Did you mean “{near}”, your own file?"
    windows = _windows_of(full, origin)
    if windows:
        return windows
    installed = _installed()
    if top in installed or top in sys.stdlib_module_names:
        # It is there, and what is missing is something else.
        return None
    near = nearest(top, [*sys.stdlib_module_names, *installed])
    if near:
        return f"There is no module “{top}” here. Did you mean “{near}”?"
    asked_for = some(_installed(is_asked_for=True), _MAX_PACKAGES)
    return (
        f"The package “{_INSTALLED_AS.get(top, top)}” is not installed in this class's Python, and programs here cannot "
        f"download it. Ask your professor." + (f" Installed are {asked_for}." if asked_for else "")
    )


def name_missing(error, origin):
    """Explain an `ImportError` of a module that is there."""
    name, file = error.name, error.path
    if not name:
        return None
    if not is_own(file, origin) and (windows := _windows_of(name, origin)):
        return windows
    found = re.match(r"cannot import name '(\w+)'", message(error))
    if not found or not origin.is_own():
        return None
    module = sys.modules.get(name)
    near = did_you_mean(found[1], vars(module)) if type(module) is types.ModuleType else ""
    hidden = hidden_by(file, name, origin)
    if hidden:
        return f"{hidden}, and has no “{found[1]}”.{near or ' If you mean that module, rename your file.'}"
    if "circular import" in message(error) or "partially initialized" in message(error):
        return "Two files import each other, or a file imports itself."
    return f"The module {name} has no “{found[1]}”.{near}"


def is_own(file, origin):
    """Whether the module of `file` lies next to the script."""
    return type(file) is str and os.path.dirname(file) == origin.folder


def hidden_by(file, name, origin):
    """The beginning of a sentence on the student's file that hides another module `name`, or None."""
    if not is_own(file, origin):
        return None
    if name in sys.stdlib_module_names:
        return f"Your own file {os.path.basename(file)} is used in place of Python's module {name}"
    if name in _installed():
        return f"Your own file {os.path.basename(file)} is used in place of the package {name}"
    return None


def _windows_of(name, origin):
    """The same as `of_windows`, of the module that the student's statement imports or uses."""
    frames = origin.library_frames()
    wanted = [frame.f_globals.get("__name__") for frame in frames] if not origin.is_own() else []
    for module in (*wanted, name):
        if type(module) is str and (sentence := of_windows(module)):
            return sentence
    return None


def _own_modules(folder):
    """The names of the student's own modules."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return set()
    return {entry[:-3] for entry in entries if entry.endswith(".py") and entry[:-3].isidentifier()}


def _installed(is_asked_for=False):
    """The names of what is installed next to the library; of what was asked for by name, or all."""
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
