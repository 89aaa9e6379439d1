"""No file grows beyond the limit, however it is written.

must: end disk
"""
import os, resource, sys

most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
if not 0 < most <= 1 << 30:
    sys.exit(f"BROKEN: {most}")
file = os.open("large", os.O_CREAT | os.O_RDWR)
source = os.open("facts.json", os.O_RDONLY)
for what, grow in (
    ("cut longer", lambda: os.ftruncate(file, most + 1)),
    ("set aside", lambda: os.posix_fallocate(file, most, 1)),
    ("written beyond", lambda: os.pwrite(file, b"x", most)),
    ("sent into", lambda: os.lseek(file, most, os.SEEK_SET) and os.sendfile(file, source, 0, 10)),
    ("copied into", lambda: os.copy_file_range(source, file, 10, 0, most)),
):
    try:
        grow()
    except OSError:
        continue
    sys.exit(f"BROKEN: {what}")
with open("large", "wb") as file:
    while True:
        file.write(b"x" * (1 << 20))
