"""What others have printed, and when they ran what, cannot be read where the host keeps it.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
kept = os.path.join(facts["data"], "files", ".pythonide")


def attempt(what, action):
    try:
        action()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM):
            raise
    else:
        sys.exit(f"BROKEN: {what}")


for folder in ("transcripts", "runs"):
    attempt(f"listed {folder}", lambda: os.listdir(f"{kept}/{folder}"))
    attempt(f"opened {folder}", lambda: os.open(f"{kept}/{folder}", os.O_RDONLY | os.O_DIRECTORY))
    attempt(f"made a file in {folder}", lambda: os.open(f"{kept}/{folder}/x", os.O_CREAT | os.O_WRONLY))
print("HELD")
