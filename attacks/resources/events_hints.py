"""Explanations without end count as output.

must: end output|processor_time
must: within 60 s
"""
import json, os

text = json.dumps({"event": "hint", "text": "\U0001f40d" * 500}, ensure_ascii=False).encode() + b"\n"
taken = 0
for _ in range(100_000):
    os.write(3, text)
    # One byte for each that the host has taken.
    taken += len(os.read(3, 1))
print(f"BROKEN: {taken} of 2000 bytes each")
