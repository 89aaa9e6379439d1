"""Nothing stays of a program's temporary folder, however it was left.

must: end finished
"""
import os


def change_mode(place, mode):
    try:
        os.fchmod(place, mode)
    except PermissionError:
        # Where all programs are one user's, no mode can be changed.
        pass


at = os.environ["TMPDIR"]
os.makedirs(at + "/closed/inner")
open(at + "/closed/inner/file", "w").close()
for number in range(3000):
    os.close(os.open(f"{at}/{number}", os.O_CREAT | os.O_WRONLY, 0))
os.mkfifo(at + "/pipe")
os.symlink("/", at + "/root")
os.symlink("facts.json", at + "/facts")
os.link("facts.json", at + "/hard")
open(at + "/\udcff\n\x1b]0;x", "w").close()
here = os.open(at, os.O_RDONLY)
for depth in range(1500):
    os.mkdir("d" * 50, dir_fd=here)
    inner = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
    os.close(here)
    here = inner
change_mode(os.open(at + "/closed/inner", os.O_RDONLY), 0)
change_mode(os.open(at + "/closed", os.O_RDONLY), 0)
change_mode(os.open(at, os.O_RDONLY), 0)
