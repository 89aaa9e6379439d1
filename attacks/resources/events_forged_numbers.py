"""Numbers that no run has, told as its own, are no trap for what records them.

must: end error
"""
import json, os, time

told = {"event": "script_ended", "ending": "error", "exit_code": -(2**31), "line": 2**32 - 1}
told |= {"cpu_ms": 2**64 - 1, "peak_memory_bytes": 2**64 - 1}
os.write(3, json.dumps(told).encode() + b"\n")
time.sleep(1)
