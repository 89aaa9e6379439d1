"""Messages and names, as hints show them."""

import difflib

MAX_NAMES = 5


def message(error):
    first = error.args[0] if error.args else ""
    return first if type(first) is str else ""


def nearest(name, names):
    """The one of `names` that `name` may be a misspelling of, or None."""
    names = [other for other in names if other != name]
    same = [other for other in names if other.lower() == name.lower()]
    found = same or difflib.get_close_matches(name, names, n=1, cutoff=0.7)
    return found[0] if found else None


def did_you_mean(name, names):
    near = nearest(name, names)
    return f" Did you mean “{near}”?" if near else ""


def some(names, most=MAX_NAMES):
    names = sorted(names)
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
