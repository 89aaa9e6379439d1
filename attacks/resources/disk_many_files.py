"""Many files together do not fill the disk.

must: end disk|error
"""
import os

PIECE, MOST = 15 << 20, 3 << 30
held = number = 0
while held < MOST:
    file = os.open(f"large{number}", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(PIECE))
    os.close(file)
    held += PIECE
    number += 1
print(f"BROKEN: {held >> 20} MB")
