"""What lies in pipes is little or counts.

must: end memory|error
"""
import fcntl, os, time

PROCESSES, SET_SIZE = 28, 1031
told, tell = os.pipe()
for _ in range(PROCESSES):
    if os.fork() == 0:
        count, kept = 0, []
        try:
            while True:
                kept += os.pipe()
                try:
                    fcntl.fcntl(kept[-1], SET_SIZE, 1 << 20)
                except OSError:
                    pass
                os.set_blocking(kept[-1], False)
                try:
                    while True:
                        count += os.write(kept[-1], bytes(1 << 16))
                except BlockingIOError:
                    pass
        except OSError:
            pass
        os.write(tell, b"%9d\n" % count)
        time.sleep(20)
        os._exit(0)
held = sum(int(os.read(told, 10)) for _ in range(PROCESSES))
time.sleep(2)
if held < 512 << 20:
    raise SystemExit(f"no more than {held >> 20} MB")
print(f"BROKEN: {held >> 20} MB")
