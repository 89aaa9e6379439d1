"""The class's Python and its packages cannot be changed.

must: hold
"""
import errno, json, os, site, sys, sysconfig

refused = (errno.EACCES, errno.EPERM, errno.EXDEV, errno.EROFS, errno.ENOENT)
python = os.path.realpath(sys.executable)
folders = {sys.prefix, sys.base_prefix, os.path.dirname(sys.executable), os.path.dirname(python)}
folders |= {os.path.dirname(os.__file__), os.path.dirname(json.__file__), *site.getsitepackages()}
folders |= set(sysconfig.get_paths().values())
folders |= {place for place in sys.path if os.path.isdir(place) and place != os.getcwd()}


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in refused:
            raise
    else:
        sys.exit(f"BROKEN: {what}")


for folder in folders:
    attempt(f"a file made in {folder}", lambda: os.open(folder + "/mallory.pth", os.O_CREAT | os.O_WRONLY))
    attempt(f"a folder made in {folder}", lambda: os.mkdir(folder + "/mallory"))
for file in (python, sys.executable, os.__file__, json.__file__, sys.prefix + "/pyvenv.cfg"):
    attempt(f"{file} written", lambda: os.open(file, os.O_WRONLY))
    attempt(f"{file} deleted", lambda: os.unlink(file))
print("HELD")
