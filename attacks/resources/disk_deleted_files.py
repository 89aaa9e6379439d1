"""Files that are deleted and held open do not fill the disk.

must: end disk|error
"""
import os, time

PIECE, COUNT, PROCESSES = 15 << 20, 60, 4
told, tell = os.pipe()
for process in range(PROCESSES):
    if os.fork() == 0:
        held = 0
        try:
            for number in range(COUNT):
                path = os.environ["TMPDIR"] + f"/{process}-{number}"
                file = os.open(path, os.O_CREAT | os.O_RDWR)
                os.unlink(path)
                os.write(file, bytes(PIECE))
                held += PIECE
        except OSError:
            pass
        os.write(tell, b"%10d\n" % held)
        time.sleep(3)
        os._exit(0)
held = sum(int(os.read(told, 11)) for _ in range(PROCESSES))
time.sleep(2)
if held < 3 << 30:
    raise SystemExit(f"no more than {held >> 20} MB")
print(f"BROKEN: {held >> 20} MB")
