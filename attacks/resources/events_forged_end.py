"""A program that says it has ended, again and again, ends with all it goes on doing.

must: end finished
"""
import json, os, time

told = {"event": "script_ended", "ending": "finished", "exit_code": 0, "line": None, "cpu_ms": 0, "peak_memory_bytes": 0}
for _ in range(100):
    os.write(3, json.dumps(told).encode() + b"\n")
    os.read(3, 1)
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        time.sleep(30)
while True:
    print("x" * 1000)
