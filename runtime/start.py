"""Starts FILE of `start.py FILE`. The package beside this file does the work."""

import sys

loaded = set(sys.modules)
from pythonide_runtime import run  # noqa: E402

# What the package imports for itself must not keep a student's own `json.py` or `code.py` from
# being found, as `python3 FILE` would find it.
for name in set(sys.modules) - loaded:
    if not name.startswith("pythonide_runtime"):
        del sys.modules[name]
del sys.path[0]
sys.exit(run(sys.argv[1]))
