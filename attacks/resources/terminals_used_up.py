"""The machine's pseudo-terminals cannot be used up.

must: end error|processes
"""
import os, time

PROCESSES = 28
told, tell = os.pipe()
for _ in range(PROCESSES):
    if os.fork() == 0:
        kept = []
        try:
            while len(kept) < 1000:
                kept.append(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
        except OSError:
            pass
        os.write(tell, b"%4d\n" % len(kept))
        time.sleep(20)
        os._exit(0)
whole = sum(int(os.read(told, 5)) for _ in range(PROCESSES))
if whole < 200:
    raise SystemExit(f"no more than {whole}")
print(f"BROKEN: {whole} terminals")
