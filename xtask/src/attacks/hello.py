import fcntl
import os


def leave(action):
    try:
        action()
    except OSError:
        pass


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o666)


name = f"{os.environ['USER']}-says"
for folder in ("/dev/shm", "/tmp", "/var/tmp"):
    leave(lambda: write(f"{folder}/{name}", "hello"))
leave(lambda: write("/proc/self/comm", name))
leave(lambda: os.fchmod(0, 0o622))
locked = open("/etc/passwd")
leave(lambda: fcntl.lockf(locked, fcntl.LOCK_SH, 97, 97))
print("hello")
