"""What lies in sockets that nobody reads is little or counts.

must: end memory|error
"""
import os, socket, time

PROCESSES, MOST = 28, 1 << 30
told, tell = os.pipe()
for _ in range(PROCESSES):
    if os.fork() == 0:
        count, kept = 0, []
        try:
            while count < MOST // PROCESSES:
                kept += socket.socketpair()
                for end in kept[-2:]:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 20)
                    end.setblocking(False)
                    try:
                        while count < MOST // PROCESSES:
                            count += end.send(bytes(1 << 17))
                    except BlockingIOError:
                        pass
        except OSError:
            pass
        os.write(tell, b"%11d\n" % count)
        time.sleep(20)
        os._exit(0)
held = sum(int(os.read(told, 12)) for _ in range(PROCESSES))
time.sleep(2)
if held < 512 << 20:
    raise SystemExit(f"no more than {held >> 20} MB")
print(f"BROKEN: {held >> 20} MB")
