"""A list that grows for ever ends as too much memory.

must: end memory
"""
kept = []
while True:
    kept.append(bytes(1 << 20))
