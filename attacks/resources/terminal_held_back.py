"""A terminal that a program has stopped holds up nobody when it is ended.

must: end finished
"""
import json, os, termios

told = {"event": "script_ended", "ending": "finished", "exit_code": 0, "line": None, "cpu_ms": 0, "peak_memory_bytes": 0}
os.write(3, json.dumps(told).encode() + b"\n")
os.read(3, 1)
termios.tcflow(0, termios.TCOOFF)
while True:
    print("x" * 1000)
