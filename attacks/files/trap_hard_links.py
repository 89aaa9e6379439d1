"""Thousands of names of one file are no trap.

must: end finished
then: list-home
"""
import os

with open("one.txt", "w") as file:
    file.write("x" * 1000)
os.mkdir("names")
for number in range(2000):
    os.link("one.txt", f"names/{number}.txt")
os.link("facts.json", "facts2.json")
