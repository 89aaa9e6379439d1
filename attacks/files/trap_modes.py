"""Files and folders that forbid everything, the home too, are no trap.

must: end finished
then: list-home
"""
import os


def change_mode(place, mode):
    try:
        os.fchmod(place, mode)
    except PermissionError:
        # Where all programs are one user's, no mode can be changed.
        pass


for mode in (0o000, 0o111, 0o222, 0o333, 0o444, 0o555, 0o1777, 0o7777):
    os.umask(0)
    file = os.open(f"file{mode:o}.txt", os.O_CREAT | os.O_RDWR, 0o600)
    os.write(file, b"x")
    change_mode(file, mode)
    os.mkdir(f"folder{mode:o}")
    open(f"folder{mode:o}/inside.txt", "w").close()
    change_mode(os.open(f"folder{mode:o}", os.O_RDONLY), mode)
change_mode(os.open(".", os.O_RDONLY), 0)
