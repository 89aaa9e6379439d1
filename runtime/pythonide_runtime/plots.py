"""Figures of matplotlib, shown in the page instead of a window."""

import sys

BACKEND = "module://pythonide_runtime.plot_backend"

_send = None


def make_default():
    """Make ours the backend of a matplotlib that is loaded; the environment, which programs that the
    student starts inherit, keeps another.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.switch_backend(BACKEND)


def install(send):
    """Have figures sent by `send(media_type, data)`."""
    global _send
    _send = send
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None and not any(isinstance(finder, _Watcher) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watcher())


def send(media_type, data):
    """Show a figure in the page."""
    _send(media_type, data)


def show_open():
    """Show the figures that the script has left open."""
    backend = sys.modules.get("pythonide_runtime.plot_backend")
    if backend is not None:
        backend.show_all()


class _Watcher:
    """Waits in `sys.meta_path` for matplotlib to be imported by a program that began without it.

    It stays there: the import system goes through the list just then, and would miss the finder after one
    that takes itself out.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "matplotlib.pyplot":
            return None
        matplotlib = sys.modules.get("matplotlib")
        if hasattr(matplotlib, "rcParams") and matplotlib.rcParams["backend"].lower() == "agg":
            matplotlib.rcParams["backend"] = BACKEND
        return None
