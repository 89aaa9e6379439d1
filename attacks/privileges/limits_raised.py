"""No limit can be raised, and each that matters is set.

must: hold
"""
import resource, sys

limits = {name: getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")}
meant = {
    "RLIMIT_CPU": 60, "RLIMIT_DATA": 1 << 31, "RLIMIT_NPROC": 1 << 17, "RLIMIT_FSIZE": 1 << 30, "RLIMIT_NOFILE": 4096,
    "RLIMIT_CORE": 0, "RLIMIT_MSGQUEUE": 0, "RLIMIT_MEMLOCK": 1 << 20, "RLIMIT_NICE": 20, "RLIMIT_RTPRIO": 0,
}  # fmt: skip
for name, number in limits.items():
    soft, hard = resource.getrlimit(number)
    if name in meant and not (0 <= hard <= meant[name]):
        sys.exit(f"BROKEN: {name} is {hard}")
    if hard == resource.RLIM_INFINITY:
        continue
    for new in ((soft, hard + 1), (hard, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)):
        for what, raise_it in (
            ("setrlimit", lambda: resource.setrlimit(number, new)),
            ("prlimit", lambda: resource.prlimit(0, number, new)),
        ):
            try:
                raise_it()
            except (OSError, ValueError):
                continue
            sys.exit(f"BROKEN: {what} {name} to {new}")
print("HELD")
