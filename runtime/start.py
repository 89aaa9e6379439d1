"""Starts FILE of `start.py FILE`. The package beside this file does the work."""

import sys

loaded = frozenset(sys.modules)
from pythonide_runtime import run  # noqa: E402

del sys.path[0]
sys.exit(run(sys.argv[1], loaded))
