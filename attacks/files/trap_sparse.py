"""Files that claim to be huge are no trap.

must: end finished
then: list-home
"""
import os

for number in range(200):
    with open(f"sparse{number}.txt", "wb") as file:
        file.truncate(16 << 20)
with open("end.txt", "wb") as file:
    file.seek((16 << 20) - 1)
    file.write(b"x")
with open("line.py", "wb") as file:
    file.write(b"x" * (15 << 20))
