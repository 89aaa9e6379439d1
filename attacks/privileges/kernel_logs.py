"""The kernel tells a program neither its log nor its addresses.

must: hold
"""
import errno, os, sys

for path in ("/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/proc/kpagecount", "/proc/kpageflags", "/proc/vmallocinfo", "/proc/slabinfo", "/proc/timer_list", "/sys/firmware/acpi/tables/DSDT", "/proc/sched_debug"):
    try:
        place = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        got = os.read(place, 100)
    except OSError:
        continue
    # Container runtimes put an empty file there.
    if got:
        sys.exit(f"BROKEN: {path}: {got!r}")
try:
    addresses = {line.split()[0] for line in open("/proc/kallsyms")}
except OSError:
    addresses = set()
if len(addresses) > 1:
    sys.exit("BROKEN: addresses of the kernel")
print("HELD")
