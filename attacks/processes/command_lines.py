"""No command line on the machine has a secret in it.

must: hold
"""
import os, re, sys

SECRET = re.compile(rb"(?i)(password|passwd|secret|token|api[-_]?key)[=\0 ](?!-)[^\0/]{6}|://[^/@\0]*:[^/@\0]+@|-----BEGIN")
seen = 0
for pid in (pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()):
    try:
        line = open(f"/proc/{pid}/cmdline", "rb").read()
    except OSError:
        continue
    seen += 1
    if SECRET.search(line):
        sys.exit(f"BROKEN: {pid}: {line!r}")
print(seen, "command lines")
print("HELD")
