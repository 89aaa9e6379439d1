"""Empty files do not use up the disk's inodes.

must: end disk|error
must: within 60 s
"""
import os

# Small names in many folders; processor time sets an end to it, but one far off.
MOST, made = 60_000, 0
while made < MOST:
    if made % 1000 == 0:
        os.mkdir(f"folder{made}")
        here = os.open(f"folder{made}", os.O_RDONLY)
    os.mknod(f"{made}", dir_fd=here)
    made += 1
print(f"BROKEN: {made} files")
