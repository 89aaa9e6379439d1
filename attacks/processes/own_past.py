"""Nothing of the interpreter it was forked from is left in a program: no secret, no socket.

must: hold
"""
import gc, sys

texts = [open("/proc/self/environ", "rb").read()]
left = 96 << 20
for line in open("/proc/self/maps"):
    place, modes, _, device, *_ = line.split()
    start, end = (int(at, 16) for at in place.split("-"))
    if modes.startswith("rw") and device == "00:00" and end - start <= left:
        left -= end - start
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            memory.seek(start)
            texts.append(memory.read(end - start))
# Backwards, so that this file's own text is not what is found.
for word in ("LRU_ESABATAD", "//:lqsergtsop", "TERCES_EDI", "YEK_TERCES", "TERCES_SWA", "=v$di2nogra", "EDOC_PUTES"):
    word = word[::-1].encode()
    for text in texts:
        at = text.find(word)
        if at != -1:
            sys.exit(f"BROKEN: {text[max(0, at - 20):at + 60]!r}")
sockets = [thing for thing in gc.get_objects() if type(thing).__name__ == "socket"]
if sockets:
    sys.exit(f"BROKEN: {sockets}")
print("HELD")
