"""Neither memory, environment nor descriptors of any other process show in /proc.

must: hold
"""
import errno, json, os, sys

facts = json.load(open("facts.json"))
closed = ["mem", "environ", "maps", "smaps", "smaps_rollup", "numa_maps", "pagemap", "auxv", "stack", "syscall"]
closed += ["io", "personality", "timers", "clear_refs", "patch_state", "task/{}/mem", "task/{}/environ"]
closed += ["task/{}/maps", "ns/user", "ns/mnt", "map_files"]
if facts["world"] == "uid":
    # Where all programs are one user's, the numbers can be seen, and nothing else of them.
    closed += ["task/{}/fd", "fd"]
tried = 0
others = {pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid()}
# With namespaces nobody else is listed.
others |= {str(facts[name]) for name in ("neighbour_pid", "host_pid", "server_pid")} - {str(os.getpid())}
for pid in sorted(others):
    for name in closed:
        path = f"/proc/{pid}/{name.format(pid)}"
        try:
            if name.startswith("ns/"):
                os.readlink(path)
                got = "its name"
            elif os.path.isdir(path):
                got = os.listdir(path)
            else:
                mode = os.O_WRONLY if name == "clear_refs" else os.O_RDONLY
                place = os.open(path, mode)
                # Some open for all and answer with nothing.
                got = mode == os.O_WRONLY or os.pread(place, 64, 0)
                os.close(place)
        except OSError as error:
            # A process without memory, or on its way out, has nothing to show.
            if error.errno not in (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ESRCH, errno.EIO, errno.EINVAL):
                raise
            continue
        if got:
            sys.exit(f"BROKEN: {path}: {got}")
    tried += 1
    if tried == 300:
        break
print(tried, "processes")
print("HELD" if tried else "nobody to attack")
