"""The server's database and its keys are out of reach.

must: hold
"""
import errno, json, os, sys

data = json.load(open("facts.json"))["data"]


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


folder = data + "/database"
attempt("listed the database's folder", lambda: os.listdir(folder))
attempt("read the key", lambda: open(folder + "/secret-key").read())
for name in ("pythonide.db", "pythonide.db-wal", "secret-key"):
    attempt(f"opened {name}", lambda: os.open(f"{folder}/{name}", os.O_RDONLY))
    attempt(f"wrote {name}", lambda: os.open(f"{folder}/{name}", os.O_RDWR | os.O_CREAT))
    attempt(f"deleted {name}", lambda: os.unlink(f"{folder}/{name}"))
attempt("moved the database", lambda: os.rename(folder, "database"))
attempt("made a file in the data's folder", lambda: os.open(data + "/mallory", os.O_CREAT | os.O_WRONLY))
import sqlite3

for name in ("pythonide.db", "pythonide.db-wal"):
    try:
        sqlite3.connect(f"file:{folder}/{name}", uri=True).execute("SELECT 1 FROM sqlite_master").fetchall()
    except sqlite3.OperationalError:
        continue
    sys.exit(f"BROKEN: {name} answers")
print("HELD")
