"""Deleted files of processes that nobody may look into do not fill the disk.

must: end disk|error
"""
import os, shutil, subprocess, time

# Whoever cannot read a program cannot look into a process of it either.
shell = os.environ["TMPDIR"] + "/shell"
file = os.open(shell, os.O_CREAT | os.O_WRONLY, 0o111)
with open(shutil.which("sh"), "rb") as source, open(file, "wb") as copy:
    shutil.copyfileobj(source, copy)
with open(shell + ".zeros", "wb") as zeros:
    zeros.write(bytes(15 << 20))
take = "rm $0.$$.{0}; cat $0.zeros >&{0};"
opened = " ".join(f"exec {number}>$0.$$.{number}; " + take.format(number) for number in range(3, 9))
processes = [subprocess.Popen([shell, "-c", opened + " echo; read wait", shell], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) for _ in range(7)]
held = sum(process.stdout.readline() == b"\n" for process in processes) * 6 * 15
time.sleep(5)
if held < 512:
    raise SystemExit(f"no more than {held} MB")
print(f"BROKEN: {held} MB")
