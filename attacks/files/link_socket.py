"""The link between server and host can be neither reached nor replaced.

must: hold
"""
import errno, json, os, sys

link = json.load(open("facts.json"))["link"]
folder = os.path.dirname(link)


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EXDEV):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


def connect():
    import socket

    socket.socket(socket.AF_UNIX).connect(link)


attempt("connected", connect)
attempt("listed its folder", lambda: os.listdir(folder))
attempt("deleted", lambda: os.unlink(link))
attempt("moved", lambda: os.rename(link, "host.sock"))
attempt("linked", lambda: os.link(link, "host.sock"))
attempt("made beside it", lambda: os.mkfifo(folder + "/other.sock"))
attempt("moved its folder", lambda: os.rename(folder, folder + "2"))
attempt("opened its folder's mode", lambda: os.chmod(folder, 0o777))
attempt("opened its mode", lambda: os.chmod(link, 0o777))
print("HELD")
