"""No capability comes with another program, another process or another name for the same user.

must: hold
"""
import ctypes, os, subprocess, sys

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_KEEPCAPS, PR_SET_SECUREBITS = 8, 28
own, group = os.getuid(), os.getgid()
libc.prctl(PR_SET_KEEPCAPS, 1)
libc.prctl(PR_SET_SECUREBITS, 0x10)
os.setresgid(group, group, group), os.setresuid(own, own, own)


def check(whose, status):
    for line in status.splitlines():
        name, _, value = line.partition(":\t")
        if name in ("CapInh", "CapPrm", "CapEff", "CapAmb") and int(value, 16):
            sys.exit(f"BROKEN: {name} of {whose} is {value}")
        if name == "NoNewPrivs" and value != "1":
            sys.exit(f"BROKEN: {whose} may get new privileges")


check("itself", open("/proc/self/status").read())
for command in (["cat"], ["sh", "-c", "exec cat /proc/self/status"], [sys.executable, "-S", "-c", "print(open('/proc/self/status').read())"]):
    told = subprocess.run([*command, "/proc/self/status"], capture_output=True, text=True).stdout
    if "NoNewPrivs" not in told:
        sys.exit(f"{command} told nothing")
    check(command[0], told)
for pid in (pid for pid in os.listdir("/proc") if pid.isdigit()):
    try:
        status = open(f"/proc/{pid}/status").read()
    except OSError:
        continue
    # A student's own processes, however they came to be.
    if status.partition("Uid:")[2].split()[:4] == [str(own)] * 4 and "NoNewPrivs:\t1" in status:
        check(pid, status)
print("HELD")
