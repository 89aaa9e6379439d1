"""The system's own tools make no socket either.

must: hold
"""
import json, shutil, subprocess, sys

port = json.load(open("facts.json"))["port"]
commands = [
    [sys.executable, "-S", "-c", "import socket; socket.socket(socket.AF_INET)"],
    ["bash", "-c", f"exec 5<>/dev/tcp/127.0.0.1/{port}"],
    ["perl", "-MSocket", "-e", "socket(S, PF_INET, SOCK_STREAM, 0) or exit 1"],
    ["curl", "-s", "-m", "3", f"http://127.0.0.1:{port}/"],
    ["nc", "-z", "-w", "3", "127.0.0.1", str(port)],
    ["ping", "-c", "1", "-W", "1", "127.0.0.1"],
    ["ip", "link"],
]
for command in commands:
    if shutil.which(command[0]) is None:
        continue
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    if done.returncode == 0:
        sys.exit(f"BROKEN: {command}: {done.stdout[:200]!r}")
print("HELD")
