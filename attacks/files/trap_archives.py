"""Files that grow enormously when they are opened are no trap.

must: end finished
then: list-home
"""
import copy, gzip, zipfile

with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("0", bytes(16 << 20))
    # Ten thousand names of the same bytes: 160 GB.
    for number in range(1, 10_000):
        again = copy.copy(archive.filelist[0])
        again.filename = again.orig_filename = f"../{number}"
        archive.filelist.append(again)
with gzip.open("bomb.py.gz", "wb") as file:
    for _ in range(64):
        file.write(bytes(1 << 20))
entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
text = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "lol">{entities}]><s>&l9;</s>'
for name in ("bomb.xml", "bomb.svg"):
    with open(name, "w") as file:
        file.write(text)
with open("bomb.json", "w") as file:
    file.write("[" * 1_000_000)
with open("bomb.png", "wb") as file:
    # A picture that says it is 2 billion pixels wide and high.
    file.write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2 + b"\x08\x06\0\0\0\0\0\0\0")
