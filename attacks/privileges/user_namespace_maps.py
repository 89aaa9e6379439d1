"""No map of users can be written, whoever made the namespace.

must: hold
"""
import errno, os, shutil, subprocess, sys

for name, text in (("uid_map", "0 0 4294967295"), ("gid_map", "0 0 1"), ("setgroups", "allow"), ("projid_map", "0 0 1")):
    try:
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT):
            raise
    else:
        sys.exit(f"BROKEN: {name}")
for command in (["unshare", "-Ur", "id", "-u"], ["unshare", "-Urn", "true"], ["bwrap", "--ro-bind", "/", "/", "true"], ["newuidmap", "0", "0", "0", "1"]):
    if shutil.which(command[0]) and subprocess.run(command, capture_output=True).returncode == 0:
        sys.exit(f"BROKEN: {command}")
print("HELD")
