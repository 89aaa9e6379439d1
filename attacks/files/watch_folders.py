"""No folder that students share tells one of them what another does there, by inotify or by F_NOTIFY.

must: hold
"""
import ctypes, fcntl, os, signal, sys

libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGIO, signal.SIG_IGN)
folders = ("/tmp", "/dev/shm", "/dev/pts", "/proc", os.path.dirname(os.environ["TMPDIR"]), os.path.expanduser("~"))
for init in (libc.inotify_init, lambda: libc.inotify_init1(0)):
    watcher = init()
    for folder in folders:
        if watcher != -1 and libc.inotify_add_watch(watcher, folder.encode(), 0xFFF) != -1:
            sys.exit(f"BROKEN: inotify watches {folder}")
for folder in folders:
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        continue
    try:
        fcntl.fcntl(opened, fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
    except OSError:
        continue
    sys.exit(f"BROKEN: F_NOTIFY watches {folder}")
print("HELD")
