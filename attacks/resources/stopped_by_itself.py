"""A program that has stopped itself and all its processes can be ended.

must: end finished
"""
import json, os, signal, time

for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(30)
        os._exit(0)
if os.fork() == 0:
    time.sleep(0.3)
    told = {"event": "script_ended", "ending": "finished", "exit_code": 0, "line": None, "cpu_ms": 0, "peak_memory_bytes": 0}
    os.write(3, json.dumps(told).encode() + b"\n")
    time.sleep(30)
    os._exit(0)
os.kill(os.getpid(), signal.SIGSTOP)
