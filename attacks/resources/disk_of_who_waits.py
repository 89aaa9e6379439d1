"""No system call that waits for a pipe keeps a file that was closed and deleted meanwhile.

must: hold
"""
import os, threading, time

PIECE, COUNT = 15 << 20, 27
reading, writing = os.pipe()
os.set_blocking(writing, False)
try:
    while True:
        os.write(writing, bytes(1 << 16))
except BlockingIOError:
    os.set_blocking(writing, True)
empty, _ = os.pipe()
waits = 0


def wait(call):
    global waits
    waits += 1
    try:
        call()
    except OSError as error:
        print(error)
    waits -= 1


for number in range(COUNT):
    path = os.environ["TMPDIR"] + f"/{number}"
    file = os.open(path, os.O_CREAT | os.O_RDWR)
    os.unlink(path)
    os.write(file, bytes(PIECE))
    call = (
        lambda: os.sendfile(writing, file, 0, PIECE),
        lambda: os.splice(file, writing, PIECE, offset_src=0),
        lambda: os.splice(empty, file, PIECE),
    )[number % 3]
    threading.Thread(target=wait, args=(call,), daemon=True).start()
    # Until it waits, or has been refused.
    time.sleep(0.05)
    os.close(file)
time.sleep(4)
if waits * PIECE > 256 << 20:
    print(f"BROKEN: {waits * PIECE >> 20} MB")
else:
    print("HELD")
