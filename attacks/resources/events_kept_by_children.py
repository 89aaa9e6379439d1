"""Children that keep the socket to the host, and talk on it, do not outlive their program.

must: end finished
"""
import os, time

for number in range(6):
    if os.fork() == 0:
        os.setsid()
        os.set_inheritable(3, True)
        if number % 2:
            os.execv("/bin/sh", ["sh", "-c", "trap '' HUP TERM INT; while :; do echo '{\"event\":\"hint\",\"text\":\"x\"}' >&3; sleep 0.05; done"])
        time.sleep(30)
        os._exit(0)
time.sleep(0.3)
os.close(3)
