"""The runtime that all programs start from cannot be changed.

must: hold
"""
import errno, os, sys

import pythonide_runtime

package = os.path.dirname(pythonide_runtime.__file__)


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV, errno.EROFS):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


open("mine", "w").close()
for folder in (package, os.path.dirname(package)):
    attempt(f"a file made in {folder}", lambda: os.open(folder + "/sitecustomize.py", os.O_CREAT | os.O_WRONLY))
    attempt(f"a folder made in {folder}", lambda: os.mkdir(folder + "/json"))
    attempt(f"{folder} opened to all", lambda: os.chmod(folder, 0o777))
    attempt(f"{folder} moved", lambda: os.rename(folder, folder + "2"))
for name in ("__init__.py", "confine.py", "zygote.py", "script.py"):
    path = f"{package}/{name}"
    open(path).close()
    attempt(f"{name} written", lambda: os.open(path, os.O_WRONLY))
    attempt(f"{name} replaced", lambda: os.rename("mine", path))
    attempt(f"{name} deleted", lambda: os.unlink(path))
    attempt(f"{name} opened to all", lambda: os.fchmod(os.open(path, os.O_RDONLY), 0o666))
print("HELD")
