"""Printing without end ends as too much output.

must: end output
"""
while True:
    print("x" * 100)
