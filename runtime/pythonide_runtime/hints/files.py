"""Files, the system and the network."""

import errno
import os
import sys

from .words import nearest, some

_MAX_ENTRIES = 1000
_NO_NETWORK = "Programs here have no network: they cannot reach the internet or other computers."
# Errors of libraries that need a network.
_NETWORK_ERRORS = {
    ("socket", "gaierror"),
    ("requests.exceptions", "ConnectionError"),
    ("urllib3.exceptions", "NewConnectionError"),
}


def missing(error, origin):
    name = error.filename
    if type(name) is not str or error.filename2 is not None:
        return None
    wanted = os.path.basename(name)
    frames = origin.library_frames()
    if frames and frames[-1].f_globals.get("__name__") == "subprocess":
        return f"There is no program called “{name}” here." if wanted == name else None
    if not wanted or os.path.lexists(name):
        return None
    place = os.path.dirname(os.path.abspath(name))
    if not os.path.isdir(place):
        return f"There is no folder {place} to look for “{wanted}” in."
    if not _is_within(place, origin.folder):
        return f"There is no “{wanted}” in {place}."
    names = [entry for entry in os.listdir(place)[:_MAX_ENTRIES] if not entry.startswith(".")]
    near = nearest(wanted, names)
    if near:
        return f"There is no “{wanted}” in the folder. Did you mean “{near}”?"
    return f"There is no “{wanted}” in the folder." + (
        f" It holds: {some(names)}." if names else " The folder is empty."
    )


def is_folder(error, origin):
    if error.filename2 is not None:
        return None
    return "That is a folder, and this needs the name of a file."


def permission(error, origin):
    frames = origin.library_frames()
    if frames and frames[-1].f_globals.get("__name__") == "socket":
        return _NO_NETWORK
    name = error.filename
    if not name:
        return "Programs here are not allowed to do that."
    if type(name) is not str or _is_within(os.path.abspath(name), origin.folder):
        return None
    return "The program may not do that there. It can write in your own folder."


def system(error, origin):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "There is no room left on the disk. Delete files you no longer need."
    if error.errno == errno.EFBIG:
        return "The file has become larger than a program here may write."
    if error.errno == errno.EMFILE:
        return "Too many files are open at once. Close them, best by opening them with “with”."
    return _NO_NETWORK if _is_of_network(error) else None


def exists(error, origin):
    return "Something of that name is there already. Choose another name or delete it first."


def encoding(error, origin):
    frames = origin.library_frames()
    # Files decode with the library's own decoder; bytes in memory without.
    if not frames or frames[-1].f_globals.get("__name__") != "codecs" or error.encoding != "utf-8":
        return None
    return "The file is not text in UTF-8. open(…, encoding=\"latin-1\") reads older files; “rb” reads bytes."


def _is_of_network(error):
    kind = (type(error).__module__, type(error).__name__)
    if kind == ("urllib.error", "URLError"):
        reason = error.reason
        return isinstance(reason, PermissionError) or _is_of_network(reason)
    return kind in _NETWORK_ERRORS and getattr(sys.modules.get(kind[0]), kind[1], None) is type(error)


def _is_within(path, folder):
    return path == folder or path.startswith(os.path.join(folder, ""))
