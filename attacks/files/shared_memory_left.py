"""Nothing stays in /dev/shm, whatever kind of thing it is.

must: end finished
"""
import os

at = f"/dev/shm/mallory-{os.getpid()}"


def attempt(action):
    try:
        action()
    except OSError as error:
        print("refused:", error)


def write(path):
    with open(path, "w") as file:
        file.write("left")


attempt(lambda: write(at + "-file"))
attempt(lambda: os.link(at + "-file", at + "-hard"))
attempt(lambda: os.symlink("/etc/passwd", at + "-link"))
attempt(lambda: os.mkfifo(at + "-pipe"))
attempt(lambda: os.mkdir(at + "-folder"))
attempt(lambda: os.makedirs(at + "-tree/a/b"))
attempt(lambda: write(at + "-tree/a/b/file"))
attempt(lambda: os.mkdir(at + "-closed", 0o000))
attempt(lambda: os.mkdir(at + "-full"))
attempt(lambda: [write(f"{at}-full/{number}") for number in range(100)])
attempt(lambda: os.chmod(at + "-file", 0o000))
attempt(lambda: write("/dev/shm/\udcff\n-mallory"))
