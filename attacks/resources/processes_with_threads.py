"""Threads of several processes count together.

must: end processes|error
"""
import os, threading, time

started = []
for _ in range(8):
    if os.fork() == 0:
        for _ in range(30):
            try:
                thread = threading.Thread(target=time.sleep, args=(4,), daemon=True)
                thread.start()
            except RuntimeError:
                break
            started.append(thread)
        time.sleep(3)
        os._exit(len(started))
whole = sum(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(8))
if whole < 40:
    raise SystemExit(f"no more than {whole}")
print(f"BROKEN: {whole} threads")
