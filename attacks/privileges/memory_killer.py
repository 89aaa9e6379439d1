"""A program cannot make the kernel spare it and end others when memory runs out.

must: hold
"""
import json, os, sys

facts = json.load(open("facts.json"))
if int(open("/proc/self/oom_score_adj").read()) < 500:
    sys.exit("BROKEN: it goes no sooner than we")
others = [os.getppid(), 1, facts["host_pid"], facts["server_pid"], facts["neighbour_pid"] or 1]
# Only Landlock keeps a process from lowering its own back to what a container began with.
for pid in ["self", *others] if facts["landlock"] else others:
    for name, text in (("oom_score_adj", "-1000"), ("oom_score_adj", "0"), ("oom_score_adj", "1000"), ("oom_adj", "-17")):
        try:
            with open(f"/proc/{pid}/{name}", "w") as file:
                file.write(text)
        except OSError:
            continue
        if pid != "self" or text != "1000":
            sys.exit(f"BROKEN: {name} of {pid} is {text}")
print("HELD")
