"""What a child has made itself counts, even if it no longer shares anything with what it was forked from.

must: end memory
"""
import subprocess, sys, time
import numpy

# Each program that a program starts is given what it would share if it were still the same one.
before = int(open("/proc/self/status").read().partition("RssAnon:")[2].split()[0]) << 10
size = min(before * 9 // 10, 200 << 20)
source = f"import time; kept = b'x' * {size}; time.sleep(20)"
children = [subprocess.Popen([sys.executable, "-I", "-S", "-c", source]) for _ in range(28)]
time.sleep(5)
if all(child.poll() is None for child in children):
    print(f"BROKEN: {28 * size >> 20} MB in {len(children)} children")
