"""No name that the kernel takes confuses the server.

must: end finished
then: list-home
"""
import os

names = [b"\xff\xfe.py", b"line\nbreak.txt", b"carriage\rreturn", b"tab\there", b" ", b"  leading", b"trailing ", b"-rf"]
names += [b"--help", b"%2e%2e%2f", b"..\\..\\x", b"...", b"~", b"$HOME", b"`id`", b"$(id)", b"a;id", b"'\"", b"*", b"?.py"]
names += [b"<img src=x onerror=alert(1)>.html", b"<script>alert(1)<\xe2\x88\x95script>.py", b"a" * 255, "ü".encode() * 127]
names += ["\u202egnp.exe".encode(), "\ufeff.txt".encode(), "e\u0301.txt".encode(), "é.txt".encode(), b"\x1b]0;title\x07.txt"]
names += [b"\x7f", b"\x01", b"\xc3\x28", b"\xed\xa0\x80", b"con", b"nul.txt", b"a:b", b"a|b", b"filename*=UTF-8''x", b"x\";filename=y"]
names += [b".pythonide", b".pythonide-save-x", b".git", b".ssh", b"__pycache__", b"facts.json.", b"\xe2\x80\xa8.txt"]
for name in names:
    with open(name, "wb") as file:
        file.write(name)
os.mkdir(b"folder\xff")
open(b"folder\xff/inside\xff", "w").close()
os.mkdir(b"folder\n")
open(b"folder\n/inside\n", "w").close()
