"""The odd devices that a rename can leave behind are no trap.

must: end finished
then: list-home
"""
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
WHITEOUT, EXCHANGE = 4, 2
RENAME = 276 if os.uname().machine == "aarch64" else 316
os.mkdir("folder")
for name in ("hello.py", "text.txt", "folder/inside.csv", "index.html"):
    open(name, "w").close()
    source, target = (ctypes.create_string_buffer(text.encode()) for text in (name, name + ".moved"))
    done = libc.syscall(*map(ctypes.c_long, (RENAME, -100, ctypes.addressof(source), -100, ctypes.addressof(target), WHITEOUT)))
    print(name, "has become a device" if done == 0 else os.strerror(ctypes.get_errno()))
one, other = (ctypes.create_string_buffer(text) for text in (b"folder", b"facts.json"))
libc.syscall(*map(ctypes.c_long, (RENAME, -100, ctypes.addressof(one), -100, ctypes.addressof(other), EXCHANGE)))
