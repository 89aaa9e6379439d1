"""Files that are deleted and lie deeper than a path can tell do not fill the disk.

must: end disk|error
"""
import os, time

PIECE, COUNT = 15 << 20, 40
os.chdir(os.environ["TMPDIR"])
for _ in range(50):
    os.mkdir("d" * 100)
    os.chdir("d" * 100)
held = []
for number in range(COUNT):
    file = os.open("file", os.O_CREAT | os.O_RDWR)
    os.unlink("file")
    os.write(file, bytes(PIECE))
    held.append(file)
time.sleep(5)
print(f"BROKEN: {COUNT * PIECE >> 20} MB")
