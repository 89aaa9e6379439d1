"""Nothing can be left in a folder that everybody may write to.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
own = (facts["home"], os.environ["TMPDIR"], "/dev/shm", "/proc", "/sys")
open_folders = ["/tmp", "/var/tmp", "/run", "/run/lock", "/run/user", "/run/shm", "/var/lock", "/var/crash", "/dev"]
open_folders += ["/dev/mqueue", "/dev/hugepages", "/var/mail", "/var/spool", "/", "/home", "/var/cache", "/var/log"]
open_folders += ["/run/screen", "/tmp/.X11-unix", "/sys/fs/cgroup", "/proc/self", facts["files"], facts["scratch"]]
refused = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENXIO)
# No message queue may be made.
refused += (errno.EMFILE,)
budget = 4000
queue = ["/"]
while queue and budget > 0:
    # Whatever else there is that all may write to.
    folder = queue.pop(0)
    try:
        entries = list(os.scandir(folder))
    except OSError:
        continue
    for entry in entries:
        budget -= 1
        if entry.is_dir(follow_symlinks=False) and not entry.path.startswith(own):
            queue.append(entry.path)
            if entry.stat(follow_symlinks=False).st_mode & 0o002:
                open_folders.append(entry.path)
# Only Landlock keeps programs out of these; then what is left there must be gone afterwards.
left = () if facts["landlock"] else ("/tmp", "/var/tmp")
for folder in dict.fromkeys(open_folders):
    if os.path.realpath(folder).startswith(own[:3]):
        continue
    for what, make in (
        ("a file", lambda path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY))),
        ("a nameless file", lambda path: os.close(os.open(os.path.dirname(path), os.O_TMPFILE | os.O_WRONLY))),
        ("a folder", os.mkdir),
        ("a pipe", os.mkfifo),
        ("a link", lambda path: os.symlink("/", path)),
    ):
        try:
            make(f"{folder}/mallory-{os.getpid()}-{what}")
        except OSError as error:
            if error.errno not in (*refused, errno.EOPNOTSUPP, errno.EISDIR):
                raise
        else:
            if folder in left:
                continue
            sys.exit(f"BROKEN: {what} in {folder}")
print("HELD")
